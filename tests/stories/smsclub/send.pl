#!/usr/bin/perl
# The example of SMS Club's document in Perl, but for the password that the document contradicts elsewhere.
# Argument: the address of the folder.
use LWP::UserAgent;
use HTTP::Request::Common qw(POST);
my $login = "380675126767";
my $passwd = "pass123";
my $from = "SMS CLUB";
my $url = $ARGV[0] . "xmlsendsmspost.php";
my $nums = "0675126767";
my $msg = "Тестовое сообщение";
my $xml = "<?xml version='1.0' encoding='utf-8'?>
      <request_sendsms>
      <username><![CDATA[$login]]></username>
      <password><![CDATA[$passwd]]></password>
      <from><![CDATA[$from]]></from>
      <to><![CDATA[$nums]]></to>
      <text><![CDATA[$msg]]></text>
      </request_sendsms>";
my $ua = new LWP::UserAgent;
my $req = POST "$url", [ xmlrequest => "$xml" ];
print $ua->request($req)->as_string;
