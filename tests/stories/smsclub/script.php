<?php
// The examples of SMS Club's document that use curl, with its own variable names; prints the answer, as JSON.
// Arguments: the address of the folder, what to do, and for `state` the ids.

error_reporting(E_ALL);
ini_set('display_errors', 'stderr');

function posted($url, $xml) {
    $ch = curl_init();
    curl_setopt($ch, CURLOPT_RETURNTRANSFER, true);
    curl_setopt($ch, CURLOPT_POST, true);
    curl_setopt($ch, CURLOPT_POSTFIELDS, array("xmlrequest" => $xml));
    curl_setopt($ch, CURLOPT_URL, $url);
    $result = curl_exec($ch);
    return $result;
}

switch ($argv[2]) {
    case 'send':
        $xml = "
      <?xml version='1.0' encoding='utf-8'?>
      <request_sendsms>
      <username><![CDATA[username]]></username>
      <password><![CDATA[password]]></password>
      <from><![CDATA[XML]]></from>
      <to><![CDATA[380675126767]]></to>
      <text><![CDATA[Пример русского ЮТФ-8 текста]]></text>
      </request_sendsms>";
        $result = posted($argv[1] . 'xmlsendsmspost.php', $xml);
        break;
    case 'state':
        $xml = "
      <?xml version='1.0' encoding='utf-8'?>
      <request_getstate>
      <username><![CDATA[username]]></username>
      <password><![CDATA[password]]></password>
      <smssid><![CDATA[$argv[3]]]></smssid>
      </request_getstate>";
        $result = posted($argv[1] . 'xmlgetsmsstatepost.php', $xml);
        break;
    case 'balance':
        $ch = curl_init();
        $login = '380501234567';
        $pass = '123456';
        $url = $argv[1] . "httpgetbalance.php?username=$login&password=$pass";
        curl_setopt($ch, CURLOPT_RETURNTRANSFER, true);
        curl_setopt($ch, CURLOPT_URL, $url);
        $result = curl_exec($ch);
        break;
}
echo json_encode($result);
