<?php
// How clients of SMSC.ru in PHP take a look-up's result apart, in the two ways of its document, faults and all:
// lookup.php LINE prints both as JSON. Both are interfaces of the protocol: what they cannot read may not be sent.
$line = $argv[1];

// The line becomes a query: `:` a `=`, a blank a `&`.
parse_str(strtr($line, ': ', '=&'), $query);

// The line as a pattern. The document decodes groups 6 to 9 only, which leaves the last two as they are.
$names = ['id' => '(\d+)', 'stat' => '(\w+)', 'err' => '(\d+)'];
$names += array_fill_keys(['imsi', 'msc', 'mcc', 'mnc'], '(\d*)');
$names += array_fill_keys(['cn', 'net', 'rcn', 'rnet'], '([^ ]*)');
$pattern = implode(' ', array_map(fn($name, $group) => "$name:$group", array_keys($names), $names));
$found = preg_match("/^$pattern/", $line, $matched);
for ($group = 6; $found && $group <= 9; $group++) {
    $matched[$group] = urldecode($matched[$group]);
}

echo json_encode(['query' => $query, 'pattern' => array_slice($matched, 1)]);
