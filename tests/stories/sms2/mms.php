<?php
// An MMS from PHP: mms.php URL LOGIN PASSWORD PHONE SUBJECT TEXT FILE [base64]; prints the answer.
[, $url, $login, $password, $phone, $subject, $text, $file] = $argv;
$handle = curl_init($url);
$fields = [
    'user' => $login,
    'hash' => md5($password),
    'phone' => $phone,
    'subject' => $subject,
    'text' => $text,
    'picture' => isset($argv[8]) ? base64_encode(file_get_contents($file)) : new CURLFile($file),
];
curl_setopt($handle, CURLOPT_RETURNTRANSFER, 1);
curl_setopt($handle, CURLOPT_TIMEOUT, 7);
curl_setopt($handle, CURLOPT_POSTFIELDS, isset($argv[8]) ? http_build_query($fields) : $fields);
$answer = curl_exec($handle);
echo $answer === false ? 'curl: ' . curl_error($handle) : $answer;
