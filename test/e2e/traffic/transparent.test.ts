/**
 * An application that knows of no proxy: the kernel turns its connections round to one (iptables REDIRECT, as in a pod of a mesh),
 * which asks the kernel whom each was meant for. In a network namespace of its own, as root; elsewhere it is skipped, aloud.
 */
import assert from "node:assert/strict";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { before, describe, it } from "mocha";
import { run } from "../../../harness/command";
import { root } from "../../support/checkout";
import { gatehouse } from "../../support/gatehouse";

/** The proxy's own user, whose connections are left alone. */
const PROXY_USER = 1337;
const KNOWN = "198.51.100.7";
const UNKNOWN = "198.51.100.8";

const objects = (mode: string): string => `
apiVersion: networking.istio.io/v1
kind: Sidecar
metadata: { name: default, namespace: default }
spec: { outboundTrafficPolicy: { mode: ${mode} } }
---
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: { name: known, namespace: default }
spec:
  hosts: [known.example.com]
  addresses: ["${KNOWN}", "fd00:51::7"]
  ports: [{ number: 80, name: http, protocol: HTTP }, { number: 9000, name: tcp, protocol: TCP }]
  resolution: STATIC
  endpoints: [{ address: 127.0.0.1, ports: { http: 8080, tcp: 8080 } }]
`;

/** Backends on all addresses: each says to which of its own it was asked. */
const BACKEND = `
const http = require("node:http");
for (const port of [80, 8080, 9999]) {
    http.createServer((request, response) => response.end(request.socket.localAddress + ":" + request.socket.localPort)).listen(port, "::");
}
`;

/** What a script says of \`NAME=text\`, by name. */
function told(stdout: string): Record<string, string> {
    return Object.fromEntries(
        stdout
            .split("\n")
            .filter((line) => line.includes("="))
            .map((line) => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)]),
    );
}

describe("an application whose connections are turned round", function () {
    this.timeout(120_000);

    before(async function () {
        const can = "command -v iptables ip6tables ip setpriv curl >/dev/null && unshare -n iptables -t nat -L >/dev/null 2>&1";
        const { code } = await run("sh", ["-c", can]);
        // The command makes itself ready where it may write; the proxy's user may not.
        if (code === 0) return void (await gatehouse(["--version"]));
        process.stderr.write("SKIPPED: no network namespace with iptables here (root, iproute2, iptables, setpriv and curl are needed)\n");
        this.skip();
    });

    async function play(mode: string): Promise<Record<string, string>> {
        const dir = mkdtempSync(path.join(tmpdir(), "gatehouse-transparent-"));
        try {
            chmodSync(dir, 0o755);
            writeFileSync(path.join(dir, "objects.yaml"), objects(mode));
            writeFileSync(path.join(dir, "backend.cjs"), BACKEND);
            writeFileSync(path.join(dir, "play.sh"), script(dir));
            const { stdout, stderr, code } = await run("unshare", ["-n", "sh", path.join(dir, "play.sh")], { timeoutMs: 100_000 });
            assert.equal(code, 0, `${stdout}\n${stderr}`);
            return told(stdout);
        } finally {
            rmSync(dir, { recursive: true, force: true });
        }
    }

    it("reaches what is known by its address, and under ALLOW_ANY what is not, at the address that was meant", async () => {
        const seen = await play("ALLOW_ANY");
        assert.equal(seen.known, "::ffff:127.0.0.1:8080 200");
        assert.equal(seen.named, "::ffff:127.0.0.1:8080 200");
        assert.equal(seen.six, "::ffff:127.0.0.1:8080 200");
        assert.equal(seen.tcp, "::ffff:127.0.0.1:8080 200");
        assert.equal(seen.unknown, `::ffff:${UNKNOWN}:9999 200`);
        assert.equal(seen.host, `::ffff:${UNKNOWN}:80 200`);
        assert.equal(seen.itself, " 000");
    });

    it("reaches nothing else under REGISTRY_ONLY, which is told in one line each", async () => {
        const seen = await play("REGISTRY_ONLY");
        assert.equal(seen.known, "::ffff:127.0.0.1:8080 200");
        assert.equal(seen.unknown, " 502");
        assert.equal(seen.host, " 502");
        assert.equal(seen.tls, " 000");
        assert.match(seen.blocked ?? "", /"sni":"unknown.example.com","address":"198.51.100.8:9443"/);
    });
});

/** Addresses of the outside stand on the loopback: who is not turned round gets to the backend as it is. */
function script(dir: string): string {
    const proxy = `${process.execPath} ${path.join(root, "cli", "gatehouse.js")} proxy --config ${dir} --mode mesh --namespace default`;
    const ask = (name: string, ...args: string[]): string =>
        `echo "${name}=$(curl --silent --max-time 5 --write-out ' %{http_code}' ${args.join(" ")})"`;
    return `
set -e
ip link set lo up
for address in ${KNOWN} ${UNKNOWN}; do ip addr add $address/32 dev lo; done
ip -6 addr add fd00:51::7/128 dev lo
for tables in iptables ip6tables; do
    $tables -t nat -A OUTPUT -m owner --uid-owner ${PROXY_USER} -j RETURN
    $tables -t nat -A OUTPUT -p tcp --dport 8080 -j RETURN
    $tables -t nat -A OUTPUT -p tcp --dport 15001 -j RETURN
    $tables -t nat -A OUTPUT -p tcp --dport 15021 -j RETURN
    $tables -t nat -A OUTPUT -p tcp -j REDIRECT --to-ports 15001
done
${process.execPath} ${dir}/backend.cjs & backend=$!
HOME=${dir} setpriv --reuid=${PROXY_USER} --regid=${PROXY_USER} --clear-groups ${proxy} --transparent [::]:15001 --bind :: \\
    --admin 127.0.0.1:0 --status 127.0.0.1:15021 --metrics 127.0.0.1:0 --concurrency 1 --drain-seconds 0 2>${dir}/log & proxy=$!
trap 'kill $backend $proxy 2>/dev/null; wait' EXIT
for try in $(seq 300); do
    curl --silent --fail http://127.0.0.1:15021/healthz/ready >/dev/null && break
    kill -0 $proxy || { cat ${dir}/log; exit 1; }
    sleep 0.2
done
set +e
${ask("known", `http://${KNOWN}/`)}
${ask("named", "--header", "'Host: known.example.com'", `http://${UNKNOWN}/`)}
${ask("six", "--header", "'Host: known.example.com'", "'http://[fd00:51::7]/'")}
${ask("tcp", `http://${KNOWN}:9000/`)}
${ask("unknown", `http://${UNKNOWN}:9999/`)}
${ask("host", "--header", "'Host: unknown.example.com'", `http://${UNKNOWN}/`)}
${ask("tls", "--insecure", "--connect-to", `unknown.example.com:9443:${UNKNOWN}:9443`, "https://unknown.example.com:9443/")}
${ask("itself", "http://127.0.0.1:15001/")}
sleep 1
echo "blocked=$(grep '"sni"' ${dir}/log | head -1)"
exit 0
`;
}
