<?php
// A client in PHP as the gate's document has one: an array of windows-1251 values, which curl posts as multipart.
// send.php URL LOGIN PASSWORD PHONE FROM MESSAGE, the message in UTF-8; prints the answer.
[, $url, $login, $password, $phone, $from, $message] = $argv;
$handle = curl_init();
curl_setopt($handle, CURLOPT_URL, $url);
curl_setopt($handle, CURLOPT_FAILONERROR, 1);
curl_setopt($handle, CURLOPT_FOLLOWLOCATION, 1);
curl_setopt($handle, CURLOPT_RETURNTRANSFER, 1);
curl_setopt($handle, CURLOPT_TIMEOUT, 7);
curl_setopt($handle, CURLOPT_POST, 1);
curl_setopt($handle, CURLOPT_USERAGENT, 'SMSSender/1.5');
curl_setopt($handle, CURLOPT_POSTFIELDS, [
    'user' => $login,
    'pass' => $password,
    'phone' => $phone,
    'message' => iconv('UTF-8', 'WINDOWS-1251', $message),
    'from' => $from,
]);
$answer = curl_exec($handle);
echo $answer === false ? 'curl: ' . curl_error($handle) : $answer;
