"""SMPP 3.4 as SMSC.ru's customers speak it, and as everybody else does. Pure: PDUs to submissions, results to PDUs."""
