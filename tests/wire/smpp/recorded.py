"""PDUs as they were on the wire, with what they say."""

from typing import Final

from gonets.wire.smpp import tlvs
from gonets.wire.smpp.codes import Tag
from gonets.wire.smpp.pdu import (
    AlertNotification,
    BindReceiver,
    BindTransceiver,
    BindTransceiverResp,
    BindTransmitter,
    CancelSm,
    CancelSmResp,
    DataSm,
    DataSmResp,
    DeliverSm,
    DeliverSmResp,
    DistributionList,
    EnquireLink,
    EnquireLinkResp,
    GenericNack,
    Outbind,
    Pdu,
    QuerySm,
    QuerySmResp,
    ReplaceSm,
    ReplaceSmResp,
    SmeAddress,
    SubmitMulti,
    SubmitMultiResp,
    SubmitSm,
    SubmitSmResp,
    Tlv,
    Unbind,
    UnbindResp,
    Unsuccess,
)

RECEIPT: Final = (
    b"id:1001 sub:001 dlvrd:001 submit date:2511251820 done date:2511251821 stat:DELIVRD err:000 text:Hello"
)


def wire(*parts: str | bytes) -> bytes:
    """Octets of hexadecimal and of text, with command_length before them."""
    body = b"".join(part if isinstance(part, bytes) else bytes.fromhex(part) for part in parts)
    return (4 + len(body)).to_bytes(4) + body


RECORDED: Final[list[tuple[bytes, Pdu]]] = [
    (
        # The specification's own example (§3.2.3).
        bytes.fromhex(
            "0000002F 00000002 00000000 00000001"
            "534D50503354455354 00 7365637265743038 00 5355424D495431 00 00 01 01 00"
        ),
        BindTransmitter(
            1,
            system_id="SMPP3TEST",
            password="secret08",
            system_type="SUBMIT1",
            interface_version=0,
            addr_ton=1,
            addr_npi=1,
        ),
    ),
    (
        wire("00000001 00000000 00000001", b"smsc\0smscpass\0ISO\0", "34 00 00 00"),
        BindReceiver(1, system_id="smsc", password="smscpass", system_type="ISO"),
    ),
    (
        wire("00000009 00000000 00000002", b"380676125767\0a longer password\0\0", "34 05 00", b"^7.*\0"),
        BindTransceiver(
            2, system_id="380676125767", password="a longer password", addr_ton=5, address_range="^7.*"
        ),
    ),
    (
        wire("80000009 00000000 00000002", b"Gonets\0", "0210 0001 34"),
        BindTransceiverResp(2, system_id="Gonets", tlvs=(tlvs.tlv(Tag.SC_INTERFACE_VERSION, 0x34),)),
    ),
    (wire("80000009 0000000e 00000002", b"\0"), BindTransceiverResp(2, 0x0E)),
    (
        wire("0000000b 00000000 00000001", b"smsc\0secret\0"),
        Outbind(1, system_id="smsc", password="secret"),
    ),
    (wire("00000006 00000000 0000000a"), Unbind(10)),
    (wire("80000006 00000000 0000000a"), UnbindResp(10)),
    (wire("00000015 00000000 7fffffff"), EnquireLink(0x7FFFFFFF)),
    (wire("80000015 00000000 7fffffff"), EnquireLinkResp(0x7FFFFFFF)),
    (wire("80000000 00000002 00000000"), GenericNack(0, 2)),
    (
        # A default-alphabet text with a sender of letters.
        wire(
            "00000004 00000000 00000003",
            b"\0",
            "05 00",
            b"Gonets\0",
            "01 01",
            b"79161234567\0",
            "00 00 00",
            b"\0",
            b"000000010000000R\0",
            "01 00 00 00 05",
            b"Hello",
        ),
        SubmitSm(
            3,
            source_addr_ton=5,
            source_addr="Gonets",
            dest_addr_ton=1,
            dest_addr_npi=1,
            destination_addr="79161234567",
            validity_period="000000010000000R",
            registered_delivery=1,
            short_message=b"Hello",
        ),
    ),
    (
        # Raw ASCII under data_coding 0, as SMSC.ru's customers ask for a look-up.
        wire(
            "00000004 00000000 00000004",
            b"\0",
            "00 00 00",
            "00 00",
            b"+79161234567\0",
            "03 00 00",
            b"\0\0",
            "00 00 00 00 07",
            b"__HLR__",
        ),
        SubmitSm(4, destination_addr="+79161234567", esm_class=3, short_message=b"__HLR__"),
    ),
    (
        # The text in message_payload, and the second of three parts in SAR parameters.
        wire(
            "00000004 00000000 00000005",
            b"\0",
            "00 00",
            b".\0",
            "00 00",
            b"79161234567\0",
            "00 00 00",
            b"\0\0",
            "00 00 08 00 00",
            "0424 0004 041f0440",
            "020c 0002 0102",
            "020e 0001 03",
            "020f 0001 02",
        ),
        SubmitSm(
            5,
            source_addr=".",
            destination_addr="79161234567",
            data_coding=8,
            tlvs=(
                tlvs.tlv(Tag.MESSAGE_PAYLOAD, bytes.fromhex("041f0440")),
                tlvs.tlv(Tag.SAR_MSG_REF_NUM, 0x0102),
                tlvs.tlv(Tag.SAR_TOTAL_SEGMENTS, 3),
                tlvs.tlv(Tag.SAR_SEGMENT_SEQNUM, 2),
            ),
        ),
    ),
    (wire("80000004 00000000 00000003", b"1001\0"), SubmitSmResp(3, message_id="1001")),
    (
        wire("80000004 00000045 00000004", b"\0", "001d 000a", b"duplicate\0"),
        SubmitSmResp(4, 0x45, tlvs.status_text("duplicate")),
    ),
    (
        wire(
            "00000005 00000000 00000001",
            b"\0",
            "01 01",
            b"79161234567\0",
            "05 00",
            b"Gonets\0",
            "04 00 00",
            b"\0\0",
            "00 00 00 00",
            bytes([len(RECEIPT)]),
            RECEIPT,
            "001e 0005",
            b"1001\0",
            "0427 0001 02",
            "0423 0003 030000",
            "2000 0007",
            b"1.5000\0",
            "2001 0002 0000",
            "2002 0002 0001",
        ),
        DeliverSm(
            1,
            source_addr_ton=1,
            source_addr_npi=1,
            source_addr="79161234567",
            dest_addr_ton=5,
            destination_addr="Gonets",
            esm_class=4,
            short_message=RECEIPT,
            tlvs=(
                tlvs.tlv(Tag.RECEIPTED_MESSAGE_ID, "1001"),
                tlvs.tlv(Tag.MESSAGE_STATE, 2),
                tlvs.tlv(Tag.NETWORK_ERROR_CODE, b"\x03\0\0"),
                tlvs.tlv(Tag.RECEIPT_PRICE, "1.5000"),
                tlvs.tlv(Tag.RECEIPT_TYPE, 0),
                tlvs.tlv(Tag.RECEIPT_PARTS, 1),
            ),
        ),
    ),
    (wire("80000005 00000000 00000001", b"\0"), DeliverSmResp(1)),
    (
        wire(
            "00000103 00000000 00000006",
            b"WAP\0",
            "01 01",
            b"7916\0",
            "01 01",
            b"79161234567890123456789\0",
            "40 01 04",
            "0424 0003 050003",
            "1500 0000",
        ),
        DataSm(
            6,
            service_type="WAP",
            source_addr_ton=1,
            source_addr_npi=1,
            source_addr="7916",
            dest_addr_ton=1,
            dest_addr_npi=1,
            destination_addr="79161234567890123456789",
            esm_class=0x40,
            registered_delivery=1,
            data_coding=4,
            tlvs=(tlvs.tlv(Tag.MESSAGE_PAYLOAD, b"\x05\0\x03"), Tlv(0x1500, b"")),
        ),
    ),
    (wire("80000103 00000000 00000006", b"1002\0"), DataSmResp(6, message_id="1002")),
    (
        wire(
            "00000021 00000000 00000007",
            b"\0",
            "05 00",
            b"Gonets\0",
            "02",
            "01 01 01",
            b"79161234567\0",
            "02",
            b"everyone\0",
            "00 00 00",
            b"\0\0",
            "01 00 00 00 02",
            b"Hi",
        ),
        SubmitMulti(
            7,
            source_addr_ton=5,
            source_addr="Gonets",
            dest_address=(SmeAddress(1, 1, "79161234567"), DistributionList("everyone")),
            registered_delivery=1,
            short_message=b"Hi",
        ),
    ),
    (
        wire("80000021 00000000 00000007", b"1003\0", "01", "01 01", b"79990000001\0", "0000000b"),
        SubmitMultiResp(7, message_id="1003", unsuccess_sme=(Unsuccess(1, 1, "79990000001", 11),)),
    ),
    (
        wire("00000003 00000000 00000008", b"1001\0", "05 00", b"Gonets\0"),
        QuerySm(8, message_id="1001", source_addr_ton=5, source_addr="Gonets"),
    ),
    (
        wire("80000003 00000000 00000008", b"1001\0", b"251125182100012+\0", "02 00"),
        QuerySmResp(8, message_id="1001", final_date="251125182100012+", message_state=2),
    ),
    (
        wire("00000008 00000000 00000009", b"\0", b"1001\0", "05 00", b"Gonets\0", "01 01", b"7916\0"),
        CancelSm(
            9,
            message_id="1001",
            source_addr_ton=5,
            source_addr="Gonets",
            dest_addr_ton=1,
            dest_addr_npi=1,
            destination_addr="7916",
        ),
    ),
    (wire("80000008 00000011 00000009"), CancelSmResp(9, 0x11)),
    (
        wire("00000007 00000000 0000000a", b"1001\0", "05 00", b"Gonets\0", b"\0\0", "01 00 03", b"Bye"),
        ReplaceSm(
            10,
            message_id="1001",
            source_addr_ton=5,
            source_addr="Gonets",
            registered_delivery=1,
            short_message=b"Bye",
        ),
    ),
    (wire("80000007 00000000 0000000a"), ReplaceSmResp(10)),
    (
        wire("00000102 00000000 00000001", "01 01", b"79161234567\0", "05 00", b"Gonets\0", "0422 0001 00"),
        AlertNotification(
            1,
            source_addr_ton=1,
            source_addr_npi=1,
            source_addr="79161234567",
            esme_addr_ton=5,
            esme_addr="Gonets",
            tlvs=(tlvs.tlv(Tag.MS_AVAILABILITY_STATUS, 0),),
        ),
    ),
]
