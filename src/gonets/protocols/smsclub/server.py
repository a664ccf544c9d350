"""SMS Club as our customers' software calls it: the path chooses a script, or the SOAP gate.

What is under the two folders and none of the scripts is an operation that does not exist; it is answered in the
manner that its name promises. On a host of its own the scripts stand at the root too.
"""

from typing import Final

from gonets.model.calls import Call
from gonets.model.reasons import Reason
from gonets.model.results import Outcome, Refused
from gonets.protocols.smsclub import http_scripts, soap_gate, xml_scripts
from gonets.wire.http import Reply, Request

_SCRIPTS: Final = "/hfw_smpp_addon/"
_SOAP: Final = "/soap/"
_GATE: Final = "soapGateway.wsdl"
_NO_SCRIPT: Final = Refused(Reason.UNSUPPORTED, "There is no such script.")


class SmsClubServer:
    """The serving half; `ports.edges.Serving`."""

    payload: Final = 1_100_000
    """Octets that query and body may have together: a SOAP call with an array of 20,000 numbers and a long text."""

    def serves(self, path: str) -> bool:
        """Whether a path is in one of the two folders."""
        return path.startswith((_SCRIPTS, _SOAP))

    def parse(self, request: Request) -> Call | Refused:
        """What is asked, by the rules of the script; `Refused` where it cannot be read or there is no such script."""
        name = _name(request.path)
        if name in http_scripts.SCRIPTS:
            return http_scripts.parse(name, request)
        if name in xml_scripts.SCRIPTS:
            return xml_scripts.parse(name, request)
        if name == _GATE:
            return soap_gate.parse(request)
        return _NO_SCRIPT

    def render(self, request: Request, call: Call | None, outcome: Outcome) -> Reply:
        """The answer in the manner of the script."""
        name = _name(request.path)
        if name == _GATE:
            return soap_gate.render(request, call, outcome)
        if _is_soap(request.path):
            return soap_gate.fault(Reason.UNSUPPORTED)
        if name in xml_scripts.SCRIPTS or (name not in http_scripts.SCRIPTS and name.startswith("xml")):
            return xml_scripts.render(call, outcome)
        return http_scripts.render(call, outcome)


def _name(path: str) -> str:
    """The file name of a path, without its folder, which has to be the right one; `""`: there is none."""
    segments = [segment for segment in path.split("/") if segment]
    match segments:
        case [name]:
            return name
        case [folder, name] if folder == ("soap" if name == _GATE else "hfw_smpp_addon"):
            return name
        case _:
            return ""


def _is_soap(path: str) -> bool:
    return next(filter(None, path.split("/")), "") == "soap"
