"""Several servers for one database: pgbouncer in front, PostgreSQL with synchronous standbys, a Galera cluster."""
import glob
import os
import signal
import subprocess

from chaos.processes import MariaDB, PostgreSQL, Program, free_port
from harness.client import eventually

NODES = 3


class PgBouncer(Program):
    user = "postgres"

    def __init__(self, folder, port, server_port):
        super().__init__(folder, port)
        users = self.write("users", '"calx" "calx"\n"postgres" ""\n')
        self.settings = self.write("settings", "\n".join((
            "[databases]", "* = host=127.0.0.1 port=%d" % server_port, "[pgbouncer]", "listen_addr = 127.0.0.1", "listen_port = %d" % port,
            "unix_socket_dir =", "auth_type = trust", "admin_users = postgres", "auth_file = " + users, "pool_mode = transaction",
            "server_login_retry = 1", "logfile = " + os.path.join(folder, "pgbouncer.log"), "")))

    def command(self):
        return ["pgbouncer", self.settings]

    def execute(self, statement):
        return self.run("psql", "-XqAt", "-h", "127.0.0.1", "-p", str(self.port), "-U", "postgres", "-d", "pgbouncer", "-c", statement,
                        timeout=20)

    def answers(self):
        try:
            return self.execute("SHOW VERSION") != ""
        except subprocess.SubprocessError:
            return False


def hosts(nodes):
    """The part of a URL's query that names them."""
    return "&".join("host=127.0.0.1:%d" % node.port for node in nodes)


class Quorum:
    """A primary that acknowledges what at least one of two standbys has on its disk."""
    form = "postgresql+libpq"
    standbys = 2

    def __init__(self, folder, port):
        self.folder = folder
        os.mkdir(folder, 0o711)
        self.port = port
        self.nodes = []

    def start(self):
        self.nodes = [PostgreSQL(os.path.join(self.folder, "0"), self.port)]
        self.nodes[0].start()
        for number in range(1, self.standbys + 1):
            node = PostgreSQL(os.path.join(self.folder, str(number)), free_port(), copy_of=self.nodes[0])
            node.start()
            self.nodes.append(node)

    @property
    def primary(self):
        return self.nodes[0]

    def prepare(self):
        self.primary.prepare()
        self.primary.execute("ALTER SYSTEM SET synchronous_standby_names = 'ANY 1 (*)'", "SELECT pg_reload_conf()")
        eventually(lambda: self.primary.execute("SELECT count(*) FROM pg_stat_replication WHERE sync_state = 'quorum'")
                   == "%d\n" % self.standbys)

    def promote(self):
        """The standby that has received most becomes the primary, with the other one behind it; the old primary is the caller's."""
        old = self.nodes[0]
        self.nodes = self.nodes[1:]
        self.nodes.sort(key=lambda node: int(node.execute("SELECT pg_wal_lsn_diff(pg_last_wal_receive_lsn(), '0/0')")), reverse=True)
        self.primary.execute("SELECT pg_promote()")
        for node in self.nodes[1:]:
            node.execute("ALTER SYSTEM SET primary_conninfo = 'host=127.0.0.1 port=%d user=postgres'" % self.primary.port,
                         "SELECT pg_reload_conf()")
        self.port = self.primary.port
        return old

    def uri(self):
        return self.primary.uri()

    def uri_of_all(self, name):
        return "%s://calx:calx@/%s?%s&target_session_attrs=read-write" % (self.form, name, hosts(self.nodes))

    def stop(self):
        for node in self.nodes:
            node.send(signal.SIGCONT)
            node.stop()


class Pair(Quorum):
    """The same with one standby."""
    form = "postgresql"
    standbys = 1


class Galera:
    """Three nodes; the application uses the first as long as it can."""
    AS_OF_NOW = ("SET wsrep_sync_wait = 1",)  # a node that gives its data to another one is behind for a while

    def __init__(self, folder, port):
        self.folder = folder
        os.mkdir(folder, 0o711)
        self.port = port
        self.nodes = []

    def start(self):
        group = [free_port() for _ in range(NODES)]
        address = "gcomm://" + ",".join("127.0.0.1:%d" % port for port in group)
        provider = glob.glob("/usr/lib/galera*/libgalera_smm.so")[0]
        for number in range(NODES):
            node = MariaDB(os.path.join(self.folder, str(number)), free_port() if number else self.port,
                           "--wsrep-on=ON", "--wsrep-provider=" + provider, "--wsrep-cluster-address=" + address,
                           "--wsrep-provider-options=base_host=127.0.0.1;base_port=%d;gmcast.listen_addr=tcp://127.0.0.1:%d;"
                           "ist.recv_addr=127.0.0.1:%d;gcache.size=16M" % (group[number], group[number], free_port()),
                           "--wsrep-node-address=127.0.0.1:%d" % group[number], "--wsrep-sst-method=rsync",
                           "--wsrep-sst-receive-address=127.0.0.1:%d" % free_port(), "--binlog-format=ROW",
                           "--innodb-autoinc-lock-mode=2", "--wsrep-sync-wait=0")
            node.start(*([] if number else ["--wsrep-new-cluster"]))
            self.nodes.append(node)

    @property
    def primary(self):
        return self.nodes[0]

    def prepare(self):
        eventually(self.is_whole)

    def is_whole(self):
        """Asked of the last one: one that was away may not know it yet."""
        return ("\t%d" % NODES in self.nodes[-1].execute("SHOW STATUS LIKE 'wsrep_cluster_size'")
                and all("\tON" in node.execute("SHOW STATUS LIKE 'wsrep_ready'") for node in self.nodes))

    def uri(self):
        return self.primary.uri()

    def uri_of_all(self, name):
        return "mysql://calx:calx@/%s?%s" % (name, hosts(self.nodes))

    def stop(self):
        for node in self.nodes:
            node.send(signal.SIGCONT)
            node.stop()
