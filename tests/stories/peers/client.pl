#!/usr/bin/perl
# A client with Net::SMPP: client.pl PLAN prints, as JSON, what came of the messages in PLAN (see clients.py).
use strict;
use warnings;
use Encode qw(encode);
use JSON::PP;
use Net::SMPP;

my %charsets = (gsm => 'gsm0338', ascii => 'ascii', 'latin-1' => 'iso-8859-1', ucs2 => 'UTF-16BE');
my %codings = (gsm => 0x00, ascii => 0x00, 'latin-1' => 0x03, ucs2 => 0x08);

open(my $file, '<', $ARGV[0]) or die "$ARGV[0]: $!";
my $plan = decode_json(do { local $/; <$file> });
my $said = {bound => '', ids => {}, statuses => {}, receipts => [], states => {}};

my ($smpp, $bound) = Net::SMPP->new_transceiver('127.0.0.1',
    port => $plan->{port}, system_id => $plan->{system_id}, password => $plan->{password}) or die "no connection: $!";
die 'the bind is answered with ' . $bound->explain_status if $bound->status;
$said->{bound} = $bound->{system_id};
$SIG{__WARN__} = sub { warn @_ unless $_[0] =~ /^Unknown tag/ };    # it has no names for SMSC.ru's parameters

# Pieces of an alphabet that the air has room for, beside a header.
sub pieces {
    my ($text, $alphabet) = @_;
    my $most = $alphabet eq 'gsm' ? 153 : 134;
    my @found = ('');
    for my $letter (split //, $text) {
        my $octets = encode($charsets{$alphabet}, $letter);
        push @found, '' if length($found[-1]) + length($octets) > $most;
        $found[-1] .= $octets;
    }
    return @found;
}

# The fields of each submit_sm that a message takes.
sub fields {
    my ($message) = @_;
    my @coding = (data_coding => $codings{$message->{alphabet}});
    my $octets = encode($charsets{$message->{alphabet}}, $message->{text});
    return [@coding, short_message => $octets] if $message->{way} eq 'whole';
    return [@coding, message_payload => $octets] if $message->{way} eq 'payload';
    my @parts = pieces($message->{text}, $message->{alphabet});
    my @found;
    for my $number (1 .. @parts) {
        my $part = $parts[$number - 1];
        push @found, $message->{way} eq 'udh'
            ? [@coding, esm_class => 0x40,
                short_message => pack('C6', 5, 0, 3, 78, scalar @parts, $number) . $part]
            : [@coding, short_message => $part, sar_msg_ref_num => pack('n', 780),
                sar_total_segments => pack('C', scalar @parts), sar_segment_seqnum => pack('C', $number)];
    }
    return @found;
}

my %waits;    # what is asked under which sequence_number
for my $message (@{$plan->{messages}}) {
    for my $fields (fields($message)) {
        my $number = $smpp->submit_sm(async => 1, source_addr_ton => 5, source_addr => $message->{from},
            dest_addr_ton => 1, dest_addr_npi => 1, destination_addr => $message->{to}, registered_delivery => 1,
            @$fields);
        $waits{$number} = $message->{key};
    }
}

# Hear until everything is answered and every id has its receipt.
while (%waits or @{$said->{receipts}} < map { @$_ } values %{$said->{ids}}) {
    my $pdu = $smpp->read_pdu or die 'the connection has ended';
    if ($pdu->cmd == Net::SMPP::CMD_submit_sm_resp) {
        my $key = delete $waits{$pdu->seq};
        if ($pdu->status) {
            $said->{statuses}{$key} = $pdu->status;
        } else {
            push @{$said->{ids}{$key}}, $pdu->message_id;
        }
    } elsif ($pdu->cmd == Net::SMPP::CMD_deliver_sm) {
        $smpp->deliver_sm_resp(seq => $pdu->seq, message_id => '');
        push @{$said->{receipts}}, {
            id => $pdu->{receipted_message_id} =~ s/\0\z//r, state => unpack('C', $pdu->{message_state}),
            text => $pdu->{short_message}, from => $pdu->{source_addr}, to => $pdu->{destination_addr},
            error => unpack('H*', $pdu->{network_error_code}), price => $pdu->{0x2000},
            type => unpack('H*', $pdu->{0x2001}), parts => unpack('H*', $pdu->{0x2002}),
        } if ($pdu->{esm_class} & 0x3C) == 0x04;
    } elsif ($pdu->cmd == Net::SMPP::CMD_enquire_link) {
        $smpp->enquire_link_resp(seq => $pdu->seq);
    }
}

for my $id (map { @$_ } values %{$said->{ids}}) {
    my $answer = $smpp->query_sm(message_id => $id, source_addr => $plan->{messages}[0]{from});
    $said->{states}{$id} = [$answer->{message_state}, substr($answer->{final_date}, 0, 10), $answer->{error_code}];
}
$smpp->unbind;
print encode_json($said);
