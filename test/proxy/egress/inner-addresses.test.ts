/**
 * Ways to name an address inside, none of which leads there: neither by CONNECT nor in absolute form, neither through a wildcard nor
 * through a gateway that lets every public host through. Over real sockets; what must not be reached listens, and counts.
 */
import assert from "node:assert/strict";
import { after, afterEach, before, describe, it } from "mocha";
import { innerKind } from "../../../proxy/net/inner-addresses";
import { entry, GATEWAY, isWhole, Outside, Rig, type Names } from "./rig";

/** What a name under the wildcard resolves to; the name itself is allowed. */
const RESOLVED: Readonly<Record<string, readonly string[]>> = {
    loopback: ["127.0.0.1"],
    "another address of loopback": ["127.8.8.8"],
    "IPv6 loopback": ["::1"],
    unspecified: ["0.0.0.0"],
    "IPv6 unspecified": ["::"],
    "private 10": ["10.0.0.1"],
    "private 172.16": ["172.31.255.254"],
    "private 192.168": ["192.168.1.1"],
    "link-local": ["169.254.1.1"],
    "the metadata service of clouds": ["169.254.169.254"],
    "the metadata service of ECS": ["169.254.170.2"],
    "the metadata service of Alibaba": ["100.100.100.200"],
    "the metadata service of Oracle": ["192.0.0.192"],
    "the wire server of Azure": ["168.63.129.16"],
    "the metadata service of AWS over IPv6": ["fd00:ec2::254"],
    "carrier-grade NAT": ["100.64.0.1"],
    multicast: ["224.0.0.1"],
    "IPv6 multicast": ["ff02::1"],
    broadcast: ["255.255.255.255"],
    reserved: ["240.0.0.1"],
    "a network for benchmarks": ["198.18.0.1"],
    "unique local": ["fc00::1"],
    "IPv6 link-local": ["fe80::1"],
    "IPv6 link-local with a zone": ["fe80::1%lo"],
    "site-local": ["fec0::1"],
    "IPv4-mapped loopback": ["::ffff:127.0.0.1"],
    "IPv4-mapped in hexadecimal": ["::ffff:a9fe:a9fe"],
    "IPv4-compatible": ["::127.0.0.1"],
    "IPv4-translated": ["::ffff:0:10.0.0.1"],
    NAT64: ["64:ff9b::7f00:1"],
    "NAT64 of a local network": ["64:ff9b:1::7f00:1"],
    "6to4": ["2002:7f00:1::1"],
    Teredo: ["2001:0:7f00:1::1"],
    ISATAP: ["2620:fe::5efe:10.0.0.1"],
    "one private address among public ones": ["93.184.216.34", "10.0.0.1"],
    "a public address with an inner one of IPv6": ["93.184.216.34", "::1"],
};

/** Authorities that spell an address, or hide one. All are asked of a wildcard that covers them where one could. */
const SPELLED: readonly string[] = [
    "2130706433",
    "017700000001",
    "0x7f000001",
    "0x7f.0x0.0x0.0x1",
    "0177.0.0.1",
    "127.1",
    "127.0.1",
    "127.000.000.001",
    "0",
    "0x0",
    "127.0.0.1.",
    "127.0.0.1",
    "[::1]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[0:0:0:0:0:0:0:1]",
    "[::]",
    "[64:ff9b::127.0.0.1]",
    "localhost",
    "LOCALHOST.",
    "localhost.localdomain",
    "a.wild.example.@127.0.0.1",
    "127.0.0.1#a.wild.example",
    "127.0.0.1%2ea.wild.example",
    "%31%32%37.0.0.1",
    "a.wild.example%00.127.0.0.1",
    "127.0.0.1\\@a.wild.example",
    "①②⑦.⓪.⓪.①",
    "１２７.０.０.１",
    "127。0。0。1",
    "metadata.google.internal",
    "169.254.169.254.a.wild.example.",
];

describe("an inner address", () => {
    let inside: Outside;
    let rig: Rig;
    const names: Record<string, readonly (readonly string[])[]> = {};
    let turn = 0;

    before(async () => {
        inside = await Outside.open((socket) => socket.end("inside"));
        names["localhost"] = [["127.0.0.1"]];
        names["localhost.localdomain"] = [["127.0.0.1"]];
        names["metadata.google.internal"] = [["169.254.169.254"]];
        names["169.254.169.254.a.wild.example"] = [["169.254.169.254"]];
        for (const label of Object.keys(RESOLVED)) names[nameOf(label)] = [RESOLVED[label]!];
        const yaml =
            GATEWAY +
            entry({ hosts: ["*.wild.example"], ports: [`tcp/TCP/9000:${inside.port}`, `http/HTTP/80:${inside.port}`] }) +
            entry({ hosts: ["exact.example"], ports: [`tcp/TCP/9000:${inside.port}`, `http/HTTP/80:${inside.port}`] });
        names["exact.example"] = [["127.0.0.1"]];
        names["rebound.wild.example"] = [["127.0.0.1"], ["93.184.216.34"]];
        rig = await new Rig(yaml, names as Names).start();
    });
    after(() => {
        rig.close();
        inside.close();
    });
    afterEach(() => assert.equal(inside.connections, 0, "nobody came inside"));

    function nameOf(label: string): string {
        return `${label.replaceAll(/[^a-z0-9]+/gi, "-").toLowerCase()}.wild.example`;
    }

    for (const label of Object.keys(RESOLVED))
        it(`is refused behind a name: ${label} (${RESOLVED[label]!.join(", ")})`, async () => {
            assert.ok(RESOLVED[label]!.some((address) => innerKind(address) !== undefined));
            for (const request of [`CONNECT ${nameOf(label)}:9000`, `GET http://${nameOf(label)}/`]) {
                const answer = await rig.ask(`${request} HTTP/1.1\r\nhost: x\r\n\r\n`, isWhole);
                assert.match(answer, /^HTTP\/1\.1 403 [^]*x-gatehouse-egress-refused: inner_address\r\n/, request);
            }
        });

    for (const host of SPELLED)
        it(`is refused however it is spelled: ${host}`, async () => {
            for (const request of [`CONNECT ${host}:9000`, `GET http://${host}/`, `GET http://${host}:80/`]) {
                const answer = await rig.ask(Buffer.from(`${request} HTTP/1.1\r\nhost: x\r\n\r\n`).toString("utf8"), isWhole);
                assert.match(answer, /^HTTP\/1\.1 (400|403) /, `${request}: ${answer}`);
            }
        });

    it("is refused behind an exact host too", async () => {
        assert.match(await rig.ask("CONNECT exact.example:9000 HTTP/1.1\r\nhost: x\r\n\r\n", isWhole), /inner_address/);
        assert.match(await rig.ask("GET http://exact.example/ HTTP/1.1\r\nhost: x\r\n\r\n", isWhole), /inner_address/);
    });

    it("is refused where the Host field names it beside an allowed target, or the target beside an allowed Host", async () => {
        const host = `127.0.0.1:${inside.port}`;
        assert.match(await rig.ask(`GET http://${host}/ HTTP/1.1\r\nhost: exact.example\r\n\r\n`, isWhole), /^HTTP\/1\.1 403/);
        assert.match(await rig.ask(`GET / HTTP/1.1\r\nhost: ${host}\r\n\r\n`, isWhole), /^HTTP\/1\.1 400/);
    });

    it("is not reached by a name that answers otherwise the second time: what was judged is what is connected to", async () => {
        const before = rig.asked.filter((name) => name === "rebound.wild.example").length;
        assert.equal(before, 0);
        for (turn = 0; turn < 3; turn++)
            assert.match(await rig.ask("CONNECT rebound.wild.example:9000 HTTP/1.1\r\nhost: x\r\n\r\n", isWhole), /inner_address/);
        // One look-up for each way to connect, and none between judgement and connection.
        assert.equal(rig.asked.filter((name) => name === "rebound.wild.example").length, 1);
    });
});

describe("the kind of an address", () => {
    it("is none where it is somebody's outside", () => {
        for (const address of [
            "93.184.216.34",
            "8.8.8.8",
            "1.1.1.1",
            "172.32.0.1",
            "100.128.0.1",
            "169.253.0.1",
            "2606:4700::1111",
            "64:ff9b::808:808",
        ])
            assert.equal(innerKind(address), undefined, address);
    });

    it("is told of each that leads inside", () => {
        assert.equal(innerKind("nonsense"), "no address");
        assert.equal(innerKind("4000::1"), "reserved");
        assert.equal(innerKind("::ffff:8.8.8.8"), undefined);
        assert.equal(innerKind("64:ff9b::a00:1"), "private");
    });
});
