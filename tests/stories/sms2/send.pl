#!/usr/bin/perl
# A client in Perl as the gate's document has one: a form in UTF-8, which `enc` says.
# send.pl URL LOGIN PASSWORD PHONE FROM MESSAGE, octets as they are; prints the answer.
use strict;
use warnings;
use LWP::UserAgent;

my ($url, $user, $pass, $phone, $from, $message) = @ARGV;
my $response = LWP::UserAgent->new(timeout => 7)->post($url, {
    user => $user,
    pass => $pass,
    phone => $phone,
    message => $message,
    flash => 0,
    from => $from || $user,
    enc => 'utf-8',
});
print $response->is_success ? $response->content : "ERROR " . $response->status_line;
