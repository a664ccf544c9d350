// A client with npm's `smpp`: client.js PLAN prints, as JSON, what came of the messages in PLAN (see clients.py).
'use strict';
const fs = require('fs');
const smpp = require('smpp');

const plan = JSON.parse(fs.readFileSync(process.argv[2], 'utf8'));
const said = {bound: '', ids: {}, statuses: {}, receipts: [], states: {}};
const CODINGS = {gsm: smpp.encodings.ASCII, 'latin-1': smpp.encodings.LATIN1, ucs2: smpp.encodings.UCS2};
const DATA_CODINGS = {gsm: 0x00, 'latin-1': 0x03, ucs2: 0x08};
const RECEIPT = 1; // bits 2 to 5 of esm_class

const session = smpp.connect({host: '127.0.0.1', port: plan.port});
session.on('error', (error) => { throw error; });
session.on('close', () => process.stdout.write(JSON.stringify(said)));
session.on('enquire_link', (pdu) => session.send(pdu.response()));

// Pieces of an alphabet that the air has room for, beside a header.
function pieces(text, alphabet) {
  const most = alphabet === 'gsm' ? 153 : 134;
  const found = [];
  for (const letter of text) {
    const last = found[found.length - 1];
    if (last !== undefined && CODINGS[alphabet].encode(last + letter).length <= most) {
      found[found.length - 1] += letter;
    } else {
      found.push(letter);
    }
  }
  return found;
}

// The fields of each submit_sm that a message takes.
function fields(message) {
  const coding = message.alphabet ? {data_coding: DATA_CODINGS[message.alphabet]} : {}; // else the library chooses
  if (message.way === 'whole') {
    return [{...coding, short_message: message.text}];
  }
  if (message.way === 'payload') {
    return [{...coding, message_payload: message.text}];
  }
  const parts = pieces(message.text, message.alphabet);
  return parts.map((text, index) => message.way === 'udh'
    ? {...coding, short_message: {udh: Buffer.from([5, 0, 3, 77, parts.length, index + 1]), message: text}}
    : {...coding, short_message: text, sar_msg_ref_num: 770, sar_total_segments: parts.length,
      sar_segment_seqnum: index + 1});
}

function each(list, ask, done) {
  let left = list.length;
  list.forEach((one) => ask(one, () => { left -= 1; if (!left) done(); }));
}

function send() {
  const all = plan.messages.flatMap((message) => fields(message).map((given) => [message, given]));
  each(all, ([message, given], next) => session.submit_sm({
    source_addr_ton: 5, source_addr: message.from, dest_addr_ton: 1, dest_addr_npi: 1, destination_addr: message.to,
    registered_delivery: 1, ...given,
  }, (answer) => {
    if (answer.command_status) {
      said.statuses[message.key] = answer.command_status;
    } else {
      (said.ids[message.key] = said.ids[message.key] || []).push(answer.message_id);
    }
    next();
  }), () => { sent = true; look(); });
}

let sent = false;
session.on('deliver_sm', (pdu) => {
  if ((pdu.esm_class >> 2 & 0x0F) === RECEIPT) {
    said.receipts.push({
      id: pdu.receipted_message_id, state: pdu.message_state, text: pdu.short_message.message,
      from: pdu.source_addr, to: pdu.destination_addr, error: pdu.network_error_code.toString('hex'),
      price: pdu[0x2000].toString('latin1'), type: pdu[0x2001].toString('hex'), parts: pdu[0x2002].toString('hex'),
    });
  }
  session.send(pdu.response());
  look();
});

// Once every id has its receipt: ask after each, then leave.
function look() {
  const ids = Object.values(said.ids).flat();
  if (!sent || said.receipts.length < ids.length) return;
  sent = false;
  each(ids, (id, next) => session.query_sm({message_id: id, source_addr: plan.messages[0].from}, (answer) => {
    said.states[id] = [answer.message_state, written(answer.final_date), answer.error_code];
    next();
  }), () => session.unbind(() => session.close()));
}

// A date as receipts have it, which the library has made a Date of.
function written(date) {
  return date ? date.toISOString().replace(/^..(..)-(..)-(..)T(..):(..).*$/, '$1$2$3$4$5') : '';
}

session.bind_transceiver({system_id: plan.system_id, password: plan.password}, (answer) => {
  if (answer.command_status) throw new Error(`the bind is answered with ${answer.command_status}`);
  said.bound = answer.system_id;
  send();
});
