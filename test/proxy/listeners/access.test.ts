/** AuthorizationPolicies decide over connections that are passed on as they are: at their start, and by what is known of them. */
import assert from "node:assert/strict";
import { once } from "node:events";
import net from "node:net";
import type tls from "node:tls";
import type { AuthorizationPolicy } from "../../../istio/types";
import type { FilterChainEntry } from "../../../proxy/tables";
import { testAdoption, type ConnectTcp } from "../../../proxy/tcp";
import { httpProvider } from "../exchange/external-entries";
import { access, policyOf } from "../snapshot/access-entries";
import { makeAuthority, type TestAuthority, type TestCertificate } from "../../support/certificates";
import { eventually } from "../../support/eventually";
import { Front, listenerEntry, secretEntry, tcpChain, terminated, type FrontEntries } from "../../support/front";

const TCP = "0.0.0.0:31400";

describe("policies of connections", () => {
    let ca: TestAuthority;
    let a: TestCertificate;
    let front: Front;
    let echo: net.Server;
    let asked = 0;

    const connectTcp: ConnectTcp = (_cluster, options, done) => {
        asked++;
        const { port } = echo.address() as net.AddressInfo;
        const socket = net.connect({ port, host: "127.0.0.1", allowHalfOpen: true, onread: options.onread });
        socket.on("error", () => {});
        socket.once("connect", () => done({ kind: "connected", socket, endpoint: `127.0.0.1:${port}` }));
        return () => socket.destroy();
    };

    before(async () => {
        ca = await makeAuthority();
        a = await ca.issue({ dns: ["a.test"] });
        echo = net.createServer({ allowHalfOpen: true }, (socket) => socket.on("error", () => {}).pipe(socket));
        echo.listen(0, "127.0.0.1");
        await Promise.all([once(echo, "listening"), testAdoption()]);
    });
    beforeEach(() => {
        asked = 0;
    });
    afterEach(() => front.close());
    after(() => echo.close());

    const restricted = (chain: FilterChainEntry): FilterChainEntry => ({ ...chain, access: "a" });
    async function open(entries: FrontEntries, ...policies: readonly AuthorizationPolicy[]): Promise<void> {
        const bound = policies.map((spec, at) => policyOf(`p${at}`, spec, spec.action === "CUSTOM" ? { provider: "asked" } : {}));
        const keys = (action: string): string[] => bound.filter((one) => one.action === action).map(({ key }) => key);
        const allow = keys("ALLOW");
        const entry = access("a", { custom: keys("CUSTOM"), deny: keys("DENY"), allow: allow.length > 0 ? [allow] : [] });
        front = await new Front({ connectTcp }).start({ ...entries, access: [entry], authorizations: bound });
    }
    const plain: FrontEntries = { listeners: [listenerEntry("tcp", TCP)], chains: [restricted(tcpChain("T", [], undefined, TCP))] };

    /** What comes back for what is sent; empty: it was cut. */
    async function echoed(socket: net.Socket): Promise<string> {
        let text = "";
        socket.on("data", (chunk: Buffer) => (text += chunk.toString())).on("error", () => {});
        socket.end("hello");
        if (!socket.closed) await new Promise((resolve) => socket.once("close", resolve));
        return text;
    }

    async function denied(detail: string, policy: string): Promise<void> {
        await eventually(() => assert.equal(front.records.length, 1));
        const [record] = front.records;
        assert.deepEqual(
            [record!.details, record!.policyMarks.map((mark) => `${mark.effect} ${mark.policy}`)],
            [detail, [`denied ${policy}`]],
        );
        assert.deepEqual([asked, front.opened.size, front.connections.active], [0, 0, 0], "nobody was connected to");
    }

    it("let in who is allowed", async () => {
        await open(plain, { action: "ALLOW", rules: [{ from: [{ source: { ipBlocks: ["127.0.0.0/8"] } }] }] });
        assert.equal(await echoed(front.connect()), "hello");
    });

    it("close at once what is denied, and name the policy", async () => {
        await open(plain, { action: "DENY", rules: [{ from: [{ source: { ipBlocks: ["127.0.0.1"] } }] }] });
        assert.equal(await echoed(front.connect()), "");
        await denied("rbac_access_denied_matched_policy[ns[shop]-policy[p0]-rule[0]]", "shop/p0");
    });

    it("let nobody in by a rule that only HTTP knows, and keep out by the rest of one", async () => {
        await open(plain, { action: "ALLOW", rules: [{ to: [{ operation: { paths: ["/"] } }] }] });
        assert.equal(await echoed(front.connect()), "");
        await denied("rbac_access_denied_matched_policy[none]", "none");
        front.close();
        await open(plain, { action: "DENY", rules: [{ to: [{ operation: { paths: ["/"], ports: ["0"] } }] }] });
        assert.equal(await echoed(front.connect()), "", "the port is what the listener opens in its pod");
    });

    it("know a passed-through connection by its server name", async () => {
        const entries = { listeners: [listenerEntry("tls")], chains: [restricted(tcpChain("A", ["*.test"], { mode: "PASSTHROUGH" }))] };
        await open(entries, { action: "DENY", rules: [{ when: [{ key: "connection.sni", values: ["b.test"] }] }] });
        const closed = front.tls("B.test");
        await new Promise((resolve) => closed.once("close", resolve));
        await denied("rbac_access_denied_matched_policy[ns[shop]-policy[p0]-rule[0]]", "shop/p0");
        assert.equal(front.records[0]!.serverName, "b.test");
        front.tls("a.test");
        await eventually(() => assert.equal(asked, 1));
    });

    it("know a client by the names in its certificate, where it was verified", async () => {
        const mutual = (more: object): FrontEntries => ({
            listeners: [listenerEntry("tls")],
            secrets: [secretEntry("a", a), secretEntry("ca", {}, ca.cert)],
            chains: [
                restricted(tcpChain("T", ["a.test"], terminated("a", { alpn: [], mode: "OPTIONAL_MUTUAL", caSecret: "ca", ...more }))),
            ],
        });
        const ann = await ca.issue({
            dns: ["client"],
            uris: ["spiffe://cluster.local/ns/shop/sa/ann,spiffe://cluster.local/ns/shop/sa/root"],
        });
        const bob = await ca.issue({
            commonName: "spiffe://cluster.local/ns/shop/sa/bob",
            dns: ["client"],
            uris: ["spiffe://cluster.local/ns/shop/sa/bob"],
        });
        const named = await ca.issue({ commonName: "spiffe://cluster.local/ns/shop/sa/bob", dns: ["spiffe.cluster.local"] });
        const policy: AuthorizationPolicy = {
            action: "ALLOW",
            rules: [{ from: [{ source: { principals: ["cluster.local/ns/shop/sa/bob", "cluster.local/ns/shop/sa/root"] } }] }],
        };
        await open(mutual({}), policy);
        const answers = [];
        for (const client of [bob, ann, named, {}] as tls.ConnectionOptions[]) answers.push(await echoed(front.tls("a.test", client)));
        assert.deepEqual(answers, ["hello", "", "", ""]);
        await eventually(() =>
            assert.deepEqual(
                front.records.map(({ mtls }) => mtls),
                [true, true, true, false],
            ),
        );
        front.close();
        await open(mutual({ insecureSkipVerify: true }), policy);
        assert.equal(await echoed(front.tls("a.test", bob)), "", "nobody has verified it");
    });

    it("close who is to be asked about where nobody can be asked, and leave those of HTTP to HTTP", async () => {
        const custom: AuthorizationPolicy = { action: "CUSTOM", provider: { name: "asked" }, rules: [{}] };
        await open(plain, custom);
        assert.equal(await echoed(front.connect()), "");
        front.close();
        await open({ ...plain, providers: [httpProvider({ key: "asked", cluster: "c", authority: "asked.test" })] }, custom);
        assert.equal(await echoed(front.connect()), "hello");
    });

    it("let in nobody whose access is not there", async () => {
        front = await new Front({ connectTcp }).start(plain);
        assert.equal(await echoed(front.connect()), "");
        await denied("rbac_access_denied_matched_policy[none]", "none");
    });
});
