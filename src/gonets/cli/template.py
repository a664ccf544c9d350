"""The config file that `gonets init` writes: every key that `gonets.config` knows, with its default and what it is for.

Keys stand behind a `#`, so that a default that changes with a newer version is not held back; a test holds the text to
`config.py`.
"""

from typing import Final

CONFIG_TEXT: Final = """\
# Gonets: what the process needs to start. Accounts, prices, routes and connectors are in the store: `gonets --help`.
# Lines such as `#key = value` show the defaults: take the `#` away to change one, then run `gonets check-config`.

# The data folder: the store, the keys, the certificate, the simulated phones. Relative to this file.
#data = "."

[store]
# Empty: gonets.db in the data folder. A relative path in a URL counts from where gonets is started.
#url = ""
# The key that salts and tokens are sealed under, relative to the data folder; empty: secret.key there. It is made
# where it is missing. Whoever has the store and this file has the secrets: keep them in different backups.
#key_file = ""

[listen]
# A port of 0 takes a free one, -1 leaves that listener out.
# The addresses of this machine that clients may connect to; "::" adds IPv6.
#bind = "0.0.0.0"
# All the protocols over HTTP, told apart by their paths, and the same over TLS.
#http = 8080
#http_tls = 8443
# MFMS HPG alone over HTTP, and the same over TLS.
#mfms = 9876
#mfms_tls = 9875
# SMPP; all four are the same server. A system_id that is a login of several protocols is that of smpp on the first and
# on the one of TLS, of smsc on the second, of smsclub on the third.
#smpp = 2775
#smpp_smsc = 3700
#smpp_smsclub = 2777
#smpp_tls = 3443
# /healthz, /readyz and /metrics, without a password: keep it where only you reach it.
#admin = 9090
#admin_bind = "127.0.0.1"

[tls]
# PEM files: the certificate with its chain, and its key without a password.
# Both empty: a self-signed certificate is made in the data folder at the first start.
#certificate = ""
#key = ""

[http]
# What one client may cost. Seconds for a whole request head, and for a body, to come in.
#head_seconds = 30.0
#body_seconds = 30.0
# Seconds that a connection without a request is kept.
#idle_seconds = 75.0
# Connections at the same time.
#connections = 2000
# Networks of proxies that stand before this gateway: what they say of who asks (X-Forwarded-For, -Proto, -Host) is
# believed, of nobody else. For example ["10.0.0.0/8"].
#proxies = []

[smpp]
# What one client may cost. Connections at the same time.
#connections = 4000
# Seconds for a connection to be bound, and of silence: after which one that can receive is asked whether it is there,
# and after which it ends.
#bind_seconds = 30.0
#enquire_seconds = 30.0
#idle_seconds = 120.0
# Seconds for a client to answer a receipt; one that is not answered is sent again.
#answer_seconds = 30.0

[hosts]
# A host on which one protocol alone is spoken, at its root: mfms, sms2, smsclub or osonsms.
#"sms.example.org" = "sms2"

[flow]
# How often a part is tried before it fails, and the seconds between tries: the first pause, doubled up to the longest.
#tries = 8
#first_retry_seconds = 1.0
#longest_retry_seconds = 300.0
# A part that was sent and heard of no receipt for so long is `no_report`.
#no_report_hours = 72.0
# Seconds for a client's server to take a status.
#push_timeout_seconds = 10.0
# Whether an address or a login that fails too often has to wait, and is refused in the end.
#failed_logins = true
# Seconds that a stop leaves answers in flight to come in.
#stop_seconds = 8.0

[push]
# Statuses are pushed to hosts of the public internet only. Other networks that clients' servers may be in, such as
# "10.0.0.0/8" and "127.0.0.0/8".
#allow = []

[log]
# debug, info, warning or error.
#level = "info"
# false: lines for people instead of JSON.
#json = true
"""
