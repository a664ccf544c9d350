<?php
// The SOAP examples of SMS Club's document, with its own variable names; prints what came back, as JSON.
// Arguments: the address of the WSDL, what to do, and for `reports` the ids.

error_reporting(E_ALL);
ini_set('display_errors', 'stderr');

$conn = new SoapClient($argv[1]);
$login = '380675126767';
$password = 'pass123';
$alphaName = 'SMS CLUB';
$text = 'Тест рассылки по протоколу soap';

$calls = array(
    'one' => function () use ($conn, $login, $password, $alphaName, $text) {
        $destAddr = '380675126767';
        return $conn->sendSms($login, $password, $alphaName, $destAddr, $text);
    },
    'many' => function () use ($conn, $login, $password, $alphaName, $text) {
        $list = array('(050)123-45-67','(063)123456','380661234567','0671234567','095-123-45-67','+380(99)123-45-67');
        return $conn->sendSms($login, $password, $alphaName, $list, $text);
    },
    'sparse' => function () use ($conn, $login, $password, $alphaName, $text) {
        $list = array_unique(array('380661234567', '380661234567', '380671234567'));
        return $conn->sendSms($login, $password, $alphaName, $list, $text);
    },
    'huge' => function () use ($conn, $login, $password, $alphaName, $text, $argv) {
        return count($conn->sendSms($login, $password, $alphaName, range(380660000001, 380660000000 + $argv[3]), $text));
    },
    'all wrong' => function () use ($conn, $login, $password, $alphaName, $text) {
        return $conn->sendSms($login, $password, $alphaName, array('', 'nobody', '12'), $text);
    },
    'wrong password' => function () use ($conn, $login, $alphaName, $text) {
        return $conn->sendSms($login, 'wrong', $alphaName, '380675126767', $text);
    },
    'report of a number' => function () use ($conn, $login, $password, $argv) {
        return $conn->getReports($login, $password, (int) $argv[3]);
    },
    'report of a string' => function () use ($conn, $login, $password, $argv) {
        return $conn->getReports($login, $password, $argv[3]);
    },
    'reports of numbers' => function () use ($conn, $login, $password, $argv) {
        return $conn->getReports($login, $password, array_map('intval', array_slice($argv, 3)));
    },
    'reports of strings' => function () use ($conn, $login, $password, $argv) {
        return $conn->getReports($login, $password, array_slice($argv, 3));
    },
    'functions' => function () use ($conn) {
        return $conn->__getFunctions();
    },
);

try {
    $came = $calls[$argv[2]]();
    echo json_encode(array(
        'type' => gettype($came),
        'keys' => is_array($came) ? array_map('gettype', array_keys($came)) : null,
        'came' => is_array($came) ? array_map(null, array_keys($came), array_values($came)) : $came,
    ));
} catch (SoapFault $exception) {
    echo json_encode(array('faultcode' => $exception->faultcode, 'faultstring' => $exception->faultstring));
}
