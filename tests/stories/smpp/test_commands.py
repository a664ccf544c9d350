"""Text commands of SMSC.ru through a whole gateway and its simulated network."""

from gonets.model.account import Tariff
from gonets.model.message import Channel
from gonets.stores import settings
from gonets.wire.smpp import tlvs
from gonets.wire.smpp.codes import Tag
from tests.processes import PRICE, GatewayProcess, until
from tests.stories.smpp.esme import bound


def test_look_ups_and_pings_are_reported_though_no_receipt_was_asked_for(gateway: GatewayProcess) -> None:
    with gateway.place.changing() as connection:
        for channel in Channel:
            settings.put_tariff(connection, Tariff("standard", channel, "", PRICE))
    with bound(gateway, "smsc", listener="smpp_smsc") as esme:

        def taken() -> bool:  # once the gateway knows the prices
            return esme.submit(short_message=b"__HLR__", registered_delivery=0).command_status == 0

        until(taken, 10.0)
        [found] = esme.receipts(1)
        assert found.short_message.startswith(b"id:1001 stat:DELIVRD err:000 imsi:")
        assert tlvs.number(found.tlvs, Tag.RECEIPT_TYPE) == 4
        assert esme.submit(short_message=b"__PING__", registered_delivery=0).command_status == 0
        pinged = esme.receipts(2)[1]
        assert b" sub:001 dlvrd:001 " in pinged.short_message
        assert tlvs.number(pinged.tlvs, Tag.RECEIPT_TYPE) == 5
