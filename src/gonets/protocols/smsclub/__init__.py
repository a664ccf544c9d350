"""SMS Club: scripts over HTTP with lists in texts, the same in XML, and a SOAP gate with its WSDL."""
