"""Which fault happens to what, for how long."""
import signal

from chaos import faults
from chaos.faults import ALL, CLOCK, NETWORK, Fault

SYNC = "fsync,fdatasync"

FAULTS = [
    Fault("server killed (kill -9)", ALL, faults.server_killed),
    Fault("server ended (SIGTERM)", ALL, faults.server_ended),
    Fault("server frozen (SIGSTOP)", ALL, faults.server_frozen, 2),
    Fault("server frozen for 10 s", ALL, faults.server_frozen, 10, stops=True),
    Fault("configuration reloaded (SIGHUP)", ALL, faults.configuration_reloaded),
    Fault("no descriptors left", ALL, faults.limit("nofile", lambda pid: faults.descriptors(pid))),
    Fault("no memory left", ALL, faults.limit("as", lambda pid: faults.memory(pid) + 65536)),
    Fault("slow heads, a flood of them", ("sqlite",), faults.flooded(faults.slow_head), 2, settings={"MAX_CONNECTIONS": 50}),
    Fault("slow readers", ("sqlite",), faults.flooded(faults.slow_reader), 2, settings={"MAX_CONNECTIONS": 50}),
    Fault("clock an hour ahead", ALL, faults.clock_moved("+3600"), environment=CLOCK),
    Fault("clock an hour back", ALL, faults.clock_moved("-3600"), environment=CLOCK),
    Fault("the log's disk is full", ("sqlite",), faults.from_the_start, settings={"LOG_FILE": "/dev/full"}),
    Fault("accept: EMFILE", ("sqlite",), faults.calls("accept4", "error=EMFILE")),
    Fault("epoll_wait: EINTR", ALL, faults.calls("epoll_wait", "error=EINTR:when=1+2")),
    Fault("mmap: ENOMEM", ("sqlite",), faults.calls("mmap", "error=ENOMEM")),
    # SQLite's files
    Fault("sync: EIO", ("sqlite",), faults.calls(SYNC, "error=EIO"), 1, (503,)),
    Fault("sync: takes 200 ms", ("sqlite",), faults.calls(SYNC, "delay_exit=200000")),
    Fault("write: ENOSPC", ("sqlite",), faults.calls("pwrite64", "error=ENOSPC"), 1, (507,)),
    Fault("write: EIO", ("sqlite",), faults.calls("pwrite64", "error=EIO")),
    Fault("read: EIO", ("sqlite",), faults.calls("pread64", "error=EIO:when=1+3")),
    Fault("every second lock and unlock: EIO", ("sqlite",), faults.calls("fcntl", "error=EIO:when=2+2")),
    Fault("locked by another process for long", ("sqlite",), faults.locked, 4, (503,)),
    Fault("another process writes", ALL, faults.other_writer),
    Fault("files moved away", ("sqlite",), faults.files_moved),
    Fault("file corrupt at the start", ("sqlite",), faults.file_corrupt_at_start),
    Fault("disk full", ("sqlite",), faults.full_disk, 1, (507,), alone=True),
    # The database's server
    Fault("database killed (kill -9)", NETWORK, faults.database_killed),
    Fault("database ended", NETWORK, faults.database_ended),
    Fault("database frozen (SIGSTOP)", NETWORK, faults.database_frozen, 3),
    Fault("backend killed (kill -9)", ("postgresql",), faults.backend_killed),
    Fault("sessions ended by the administrator", NETWORK, faults.sessions_ended),
    Fault("table locked", NETWORK, faults.locked, 3),
    Fault("definition changed (DDL)", ALL, faults.definition_changed),
    Fault("read only", NETWORK, faults.set_on_server(
        ("ALTER ROLE calx SET default_transaction_read_only = on", "ALTER ROLE calx RESET default_transaction_read_only"),
        ("SET GLOBAL read_only = 1", "SET GLOBAL read_only = 0"))),
    Fault("too many connections", NETWORK, faults.set_on_server(
        ("ALTER ROLE calx CONNECTION LIMIT 1", "ALTER ROLE calx CONNECTION LIMIT -1"),
        ("SET GLOBAL max_connections = 10", "SET GLOBAL max_connections = 151"))),
    Fault("database's disk: sync: EIO", ("postgresql",), faults.database_calls(SYNC, "error=EIO")),
    Fault("database's disk: write: ENOSPC", ("postgresql",), faults.database_calls("pwrite64", "error=ENOSPC")),
    # Between the two
    Fault("connections cut again and again", NETWORK, faults.connections_cut),
    Fault("connections refused", NETWORK, faults.between_refuses),
    Fault("nothing passes", NETWORK, faults.between_frozen, 3),
    Fault("connect: ETIMEDOUT", NETWORK, faults.calls("connect", "error=ETIMEDOUT")),
    Fault("recv: ECONNRESET", NETWORK, faults.calls("recvfrom", "error=ECONNRESET:when=20+20")),
    Fault("send: EPIPE", NETWORK, faults.calls("sendto", "error=EPIPE:when=20+20")),
    Fault("packets to the database dropped", NETWORK, faults.packets("--dport PORT -j DROP"), 3, alone=True),
    Fault("packets from the database dropped", NETWORK, faults.packets("--sport PORT -j DROP"), 3, alone=True),
    Fault("connections reset", NETWORK, faults.packets("--dport PORT -j REJECT --reject-with tcp-reset"), 2, alone=True),
    Fault("slow trickle", NETWORK, faults.trickle, 3, alone=True),
    # Several servers
    Fault("pooler killed (kill -9)", ("pgbouncer",), faults.pooler_restarted),
    Fault("pooler frozen (SIGSTOP)", ("pgbouncer",), faults.pooler_frozen, 3),
    Fault("pooler paused", ("pgbouncer",), faults.pooler_paused, 2),
    Fault("pooler gives up its connections", ("pgbouncer",), faults.pooler_reconnects),
    Fault("database behind it killed (kill -9)", ("pgbouncer",), faults.database_killed),
    Fault("one standby frozen", ("quorum",), faults.nodes_frozen(1), 2),
    Fault("both standbys frozen", ("quorum",), faults.nodes_frozen(1, 2), 5, (503,), stops=True),
    Fault("one standby killed (kill -9)", ("quorum",), faults.node_killed(2), 2),
    Fault("primary killed, a standby promoted", ("quorum",), faults.primary_killed, 1, renews=True),
    Fault("primary frozen, a standby promoted", ("quorum",), faults.primary_frozen, 6, renews=True),
    Fault("old primary comes back", ("pair", "quorum"), faults.old_primary_back, 0.3, renews=True),
    Fault("another node killed (kill -9)", ("galera",), faults.node_killed(2), 2),
    Fault("another node frozen", ("galera",), faults.nodes_frozen(2), 2),
    Fault("node killed (kill -9)", ("galera",), faults.first_node(lambda node: node.end(), lambda node: node.start()), 2),
    Fault("node frozen", ("galera",), faults.first_node(
        lambda node: node.send(signal.SIGSTOP), lambda node: node.send(signal.SIGCONT)), 8),
    Fault("node isolated, not ready", ("galera",), faults.first_node(
        lambda node: node.execute("SET GLOBAL wsrep_provider_options = 'gmcast.isolate=1'"),
        lambda node: node.execute("SET GLOBAL wsrep_provider_options = 'gmcast.isolate=0'")), 8),
    Fault("quorum lost", ("galera",), faults.nodes_frozen(1, 2), 12, (503,), stops=True),
]

QUICK = {("server killed (kill -9)", "sqlite"), ("server ended (SIGTERM)", "sqlite"), ("server frozen (SIGSTOP)", "sqlite"),
         ("no descriptors left", "sqlite"), ("configuration reloaded (SIGHUP)", "sqlite"), ("files moved away", "sqlite"),
         ("server killed (kill -9)", "postgresql"), ("old primary comes back", "pair")}
