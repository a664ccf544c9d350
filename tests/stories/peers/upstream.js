// An upstream with npm's `smpp` that misbehaves as it is told: upstream.js SCENARIO JOURNAL.
//
// The first word of a text is what to do with it (WAYS below). Whatever the upstream does is in the journal, a JSON
// object a line, before anybody hears of it: `taken` once for each message that it will deliver, `refused` for each
// answer that says otherwise, `told` for each receipt that was acknowledged, `dropped` for each connection it cut. Its
// port is its only output. It ends with its input.
//
// SCENARIO: {"hex": answers have their ids in hexadecimal and receipts in decimal, "late": ms until a late answer,
// "early": ms until the receipt of a message that is never answered}.
'use strict';
const fs = require('fs');
const smpp = require('smpp');

const scenario = JSON.parse(process.argv[2]);
const journal = fs.openSync(process.argv[3], 'a');
const note = (what, to) => fs.writeSync(journal, JSON.stringify({what, to}) + '\n');

const QUIET = 150; // ms without a message, after which a connection that is to be cut is
const RECEIPT = 0x04;
const CODES = {throttled: smpp.ESME_RTHROTTLED, full: smpp.ESME_RMSGQFUL, nack: smpp.ESME_RINVCMDID};
smpp.addTLV('vendor_words', {id: 0x1423, type: smpp.types.tlv.string});
smpp.addTLV('vendor_octets', {id: 0x3FFF, type: smpp.types.tlv.buffer});
const ODD = {vendor_words: 'unheard of', vendor_octets: Buffer.alloc(300, 7)};

let next = 0x1F00; // in hexadecimal its digits could be a decimal number's, and soon are letters
const refusals = new Map(); // by recipient
const owed = new Map(); // receipts without acknowledgement, by recipient
const sessions = new Set(); // those that are bound and hear

const answer = (session, pdu, id, more = {}) => session.send(pdu.response({message_id: id, ...more}));

function take(pdu) {
  const id = next++;
  note('taken', pdu.destination_addr);
  return {id, to: pdu.destination_addr, from: pdu.source_addr, answered: scenario.hex ? id.toString(16).toUpperCase()
    : String(id)};
}

function report(message, more = {}) {
  owed.set(message.to, {message, more, sent: false});
  deliver();
}

// Hand over what is owed and not on its way.
function deliver() {
  const [session] = sessions;
  if (!session) return;
  for (const receipt of owed.values()) {
    if (!receipt.sent) hand(session, receipt);
  }
}

function hand(session, receipt, then = () => {}) {
  const {message, more} = receipt;
  receipt.sent = true;
  session.holds.add(receipt);
  const date = new Date().toISOString().replace(/^..(..)-(..)-(..)T(..):(..).*$/, '$1$2$3$4$5');
  session.deliver_sm({
    source_addr: message.to, destination_addr: message.from, esm_class: RECEIPT, ...more,
    short_message: `id:${message.id} sub:001 dlvrd:001 submit date:${date} done date:${date} stat:DELIVRD err:000 text:`,
  }, (pdu) => {
    if (session.deaf) return;
    session.holds.delete(receipt);
    if (pdu.command_status) {
      receipt.sent = false; // later, with the next
      return;
    }
    note('told', message.to);
    owed.delete(message.to);
    then();
  });
}

// Cut a connection once it is quiet; until then what comes is taken and not answered.
function drop(session) {
  session.dropping = true;
  sessions.delete(session);
  clearTimeout(session.cut);
  session.cut = setTimeout(() => cut(session), QUIET);
}

function cut(session) {
  note('dropped', '');
  session.over = true;
  session.destroy();
}

const refuseAtFirst = (times) => (session, pdu, way) => {
  const count = refusals.get(pdu.destination_addr) || 0;
  if (count >= times) return WAYS.plain(session, pdu);
  refusals.set(pdu.destination_addr, count + 1);
  note('refused', pdu.destination_addr);
  if (way === 'nack') {
    return session.generic_nack({sequence_number: pdu.sequence_number, command_status: CODES[way]});
  }
  return session.send(pdu.response({command_status: CODES[way]}));
};

const WAYS = {
  plain(session, pdu) {
    const message = take(pdu);
    answer(session, pdu, message.answered);
    report(message);
  },
  late(session, pdu) {
    const message = take(pdu);
    setTimeout(() => { answer(session, pdu, message.answered); report(message); }, scenario.late);
  },
  never(session, pdu) {
    const message = take(pdu);
    setTimeout(() => report(message), scenario.early);
  },
  before(session, pdu) {
    const message = take(pdu);
    const receipt = {message, more: {}, sent: true};
    owed.set(message.to, receipt);
    hand(session, receipt, () => answer(session, pdu, message.answered));
  },
  twice(session, pdu) {
    const message = take(pdu);
    answer(session, pdu, message.answered);
    const receipt = {message, more: {}, sent: true};
    owed.set(message.to, receipt);
    hand(session, receipt, () => hand(session, receipt));
  },
  throttled: refuseAtFirst(2),
  full: refuseAtFirst(1),
  nack: refuseAtFirst(1),
  odd(session, pdu) {
    const message = take(pdu);
    answer(session, pdu, message.answered, ODD);
    report(message, ODD);
  },
  dropped(session, pdu) { // before the answer
    report(take(pdu));
    drop(session);
  },
  answered(session, pdu) { // and then dropped
    const message = take(pdu);
    answer(session, pdu, message.answered);
    report(message);
    drop(session);
  },
  unheard(session, pdu) { // dropped before the receipt is acknowledged
    const message = take(pdu);
    const receipt = {message, more: {}, sent: true};
    owed.set(message.to, receipt);
    answer(session, pdu, message.answered);
    session.deaf = true;
    hand(session, receipt);
    drop(session);
  },
  abrupt(session, pdu) { // what was written meanwhile is lost; a second time it is taken well
    if (refusals.has(pdu.destination_addr)) return WAYS.plain(session, pdu);
    refusals.set(pdu.destination_addr, 1);
    report(take(pdu));
    return cut(session);
  },
};

const server = smpp.createServer((session) => {
  session.holds = new Set();
  session.on('error', () => {});
  session.on('close', () => {
    sessions.delete(session);
    session.over = true;
    clearTimeout(session.cut);
    for (const receipt of session.holds) {
      receipt.sent = false;
    }
    deliver();
  });
  session.on('bind_transceiver', (pdu) => {
    session.send(pdu.response({system_id: 'upstream'}));
    sessions.add(session);
    deliver();
  });
  session.on('enquire_link', (pdu) => session.send(pdu.response()));
  session.on('unbind', (pdu) => { session.send(pdu.response()); session.close(); });
  session.on('submit_sm', (pdu) => {
    if (session.over) return;
    if (session.dropping) {
      report(take(pdu));
      drop(session);
      return;
    }
    const way = pdu.short_message.message.split(' ')[0];
    WAYS[way](session, pdu, way);
  });
});
server.listen(0, '127.0.0.1', () => process.stdout.write(`${server.address().port}\n`));
process.stdin.on('end', () => process.exit(0)).resume();
