/**
 * What becomes of connections when their server changes under them: who would be let in as before is left alone, the others
 * are told to go, in the words of their protocol, and what is left after the time to drain is cut.
 */
import assert from "node:assert/strict";
import { once } from "node:events";
import net from "node:net";
import type tls from "node:tls";
import { after, afterEach, before, describe, it } from "mocha";
import { serveHttp } from "../../../proxy/codec";
import { createRequestHandler, createRuntime, type ExchangeRuntime } from "../../../proxy/exchange";
import type { ConnectTcp } from "../../../proxy/tcp";
import { testAdoption } from "../../../proxy/tcp";
import type { FilterChainEntry, SecretEntry, TlsTermination, VirtualHostEntry } from "../../../proxy/tables";
import { makeAuthority, type TestAuthority, type TestCertificate } from "../../support/certificates";
import { Front, httpChain, listenerEntry, secretEntry, tcpChain, terminated, type FrontEntries } from "../../support/front";
import { Http2Client } from "../codec/http2/support/client";
import { route, virtualHost } from "../snapshot/entries";

const NEVER_MS = 600_000;
const GET = "GET / HTTP/1.1\r\nhost: a.test\r\n\r\n";
const MUTUAL: Partial<TlsTermination> = { mode: "MUTUAL", caSecret: "ca" };

function says(table: string, domain: string): VirtualHostEntry {
    const body = Buffer.from(`of ${table}`).toString("base64");
    return virtualHost(domain, [route({ kind: "direct", status: 200, body })], { routeTable: `table ${table}` });
}

describe("connections whose server has changed", () => {
    let ca: TestAuthority;
    let client: TestCertificate;
    let secrets: SecretEntry[];
    let renewed: SecretEntry[];
    const closing: (() => void)[] = [];

    before(async () => {
        ca = await makeAuthority();
        const other = await makeAuthority();
        client = await ca.issue({ dns: ["client"] });
        const [a, again, b] = await Promise.all([1, 2, 3].map(async () => ca.issue({ dns: ["*.test"] })));
        const more = [secretEntry("b", b!), secretEntry("ca", {}, ca.cert), secretEntry("other ca", {}, other.cert)];
        secrets = [secretEntry("a", a!), ...more];
        renewed = [secretEntry("a", again!), ...more];
        await testAdoption();
    });
    afterEach(() => {
        for (const close of closing.splice(0).reverse()) close();
    });
    after(() => assert.equal(closing.length, 0));

    function entries(chains: FilterChainEntry[], more: FrontEntries = {}): FrontEntries {
        const virtualHosts = [says("a", "a.test"), says("b", "a.test"), says("b", "b.test")];
        const tables = new Set(chains.map(({ target }) => (target.kind === "http" ? target.routeTable : "")));
        return {
            listeners: [listenerEntry("tls")],
            secrets,
            chains,
            virtualHosts: virtualHosts.filter(({ routeTable }) => tables.has(routeTable)),
            ...more,
        };
    }
    function simple(more: Partial<TlsTermination> = {}, names = ["a.test"]): FilterChainEntry {
        return httpChain("a", names, terminated("a", more));
    }

    async function start(served: FrontEntries, drainMs: number, connectTcp?: ConnectTcp): Promise<Serving> {
        const serving = await new Serving(drainMs, connectTcp).start(served);
        closing.push(() => serving.front.close());
        return serving;
    }
    /** Has asked once already. */
    async function http1(front: Front, options: tls.ConnectionOptions = {}): Promise<Http1Asker> {
        const asker = new Http1Asker(front.tls("a.test", { ALPNProtocols: ["http/1.1"], ...options }));
        assert.match(await asker.ask(), /^HTTP\/1\.1 200 /);
        return asker;
    }
    async function http2(front: Front, options: tls.ConnectionOptions = {}): Promise<Http2Client> {
        const socket = front.tls("a.test", { ALPNProtocols: ["h2"], ...options });
        await once(socket, "secureConnect");
        const made = new Http2Client(front.port, { createConnection: () => socket }, "https");
        closing.push(() => made.session.destroy());
        assert.equal((await made.ask("/")).status, 200);
        return made;
    }

    interface Change {
        readonly what: string;
        readonly from?: FilterChainEntry;
        readonly to: () => FrontEntries;
        readonly shows?: boolean;
        /** What the next request gets; `closed`: nothing is asked on an idle connection of HTTP/1.1 any more. */
        readonly next: "stays" | "leaves" | "gone" | "barred";
    }
    const CHANGES: readonly Change[] = [
        { what: "nothing", to: () => entries([simple()]), next: "stays" },
        { what: "its line in the file", to: () => entries([{ ...simple(), origin: { ...simple().origin, field: "x" } }]), next: "stays" },
        { what: "a renewed certificate", to: () => entries([simple()], { secrets: renewed }), next: "stays" },
        { what: "one more host", to: () => entries([simple({}, ["a.test", "c.test"])]), next: "stays" },
        {
            what: "another server beside it",
            to: () => entries([simple(), httpChain("b", ["b.test"], terminated("b", MUTUAL))]),
            next: "stays",
        },
        { what: "SIMPLE to MUTUAL", to: () => entries([simple(MUTUAL)]), next: "barred" },
        { what: "SIMPLE to OPTIONAL_MUTUAL", to: () => entries([simple({ ...MUTUAL, mode: "OPTIONAL_MUTUAL" })]), next: "leaves" },
        {
            what: "OPTIONAL_MUTUAL to MUTUAL",
            from: simple({ ...MUTUAL, mode: "OPTIONAL_MUTUAL" }),
            to: () => entries([simple(MUTUAL)]),
            next: "barred",
        },
        { what: "MUTUAL to SIMPLE", from: simple(MUTUAL), shows: true, to: () => entries([simple()]), next: "leaves" },
        {
            what: "another CA",
            from: simple(MUTUAL),
            shows: true,
            to: () => entries([simple({ ...MUTUAL, caSecret: "other ca" })]),
            next: "barred",
        },
        {
            what: "names that are asked of clients",
            from: simple(MUTUAL),
            shows: true,
            to: () => entries([simple({ ...MUTUAL, subjectAltNames: ["x"] })]),
            next: "barred",
        },
        {
            what: "another CA of optional certificates",
            from: simple({ ...MUTUAL, mode: "OPTIONAL_MUTUAL" }),
            to: () => entries([simple({ ...MUTUAL, mode: "OPTIONAL_MUTUAL", caSecret: "other ca" })]),
            next: "leaves",
        },
        {
            what: "the same, with one shown",
            from: simple({ ...MUTUAL, mode: "OPTIONAL_MUTUAL" }),
            shows: true,
            to: () => entries([simple({ ...MUTUAL, mode: "OPTIONAL_MUTUAL", caSecret: "other ca" })]),
            next: "barred",
        },
        { what: "the least version", to: () => entries([simple({ minVersion: "TLSv1.3" })]), next: "leaves" },
        { what: "the ciphers", to: () => entries([simple({ cipherSuites: ["ECDHE-ECDSA-AES128-GCM-SHA256"] })]), next: "leaves" },
        { what: "another Secret", to: () => entries([httpChain("a", ["a.test"], terminated("b"))]), next: "leaves" },
        { what: "another name of the server", to: () => entries([httpChain("b", ["a.test"], terminated("a"))]), next: "leaves" },
        {
            what: "its host moved to a wildcard's server",
            to: () => entries([simple({}, ["c.test"]), httpChain("b", ["*.test"], terminated("b"))]),
            next: "leaves",
        },
        {
            what: "its host moved from a wildcard",
            from: simple({}, ["*.test"]),
            to: () => entries([simple({}, ["*.test"]), httpChain("b", ["a.test"], terminated("b"))]),
            next: "leaves",
        },
        {
            what: "the same, to one that wants certificates",
            from: simple({}, ["*.test"]),
            to: () => entries([simple({}, ["*.test"]), httpChain("b", ["a.test"], terminated("b", MUTUAL))]),
            next: "barred",
        },
        {
            what: "its host moved, with a certificate shown",
            from: simple(MUTUAL),
            shows: true,
            to: () => entries([httpChain("b", ["a.test"], terminated("b"))]),
            next: "barred",
        },
        { what: "its bytes passed on", to: () => entries([tcpChain("a", ["a.test"], { mode: "PASSTHROUGH" })]), next: "gone" },
        { what: "no server", to: () => entries([httpChain("b", ["b.test"], terminated("b"))]), next: "gone" },
        { what: "no listener", to: () => entries([], { listeners: [listenerEntry("http", "0.0.0.0:80")] }), next: "gone" },
    ];
    const STATUS = { stays: 200, leaves: 200, gone: 404, barred: 421 };

    for (const { what, from = simple(), to, shows, next } of CHANGES) {
        it(`${next === "stays" ? "are left alone" : `are told to go (${next})`}: ${what}`, async () => {
            const serving = await start(entries([from]), NEVER_MS);
            const options = { maxVersion: "TLSv1.2" as const, ...(shows ? { cert: client.cert, key: client.key } : {}) };
            const idle = await http1(serving.front, options);
            const fresh = new Http1Asker(serving.front.tls("a.test", { ALPNProtocols: ["http/1.1"], ...options }));
            const h2 = await http2(serving.front, options);
            await serving.open(3);
            const goAway = next === "stays" ? undefined : once(h2.session, "goaway");
            serving.apply(to());
            // It crosses the GOAWAY.
            assert.equal((await h2.ask("/")).status, STATUS[next]);
            assert.match(await fresh.ask(), new RegExp(`^HTTP/1\\.1 ${STATUS[next]} `));
            if (next === "stays") {
                assert.match(await idle.ask(), /^HTTP\/1\.1 200 (?![^]*connection: close)/);
                assert.deepEqual([h2.session.closed, fresh.ended, idle.ended], [false, false, false]);
                return;
            }
            assert.match(fresh.text, /connection: close/);
            if (next === "barred") await idle.ending();
            else assert.match(await idle.ask(), new RegExp(`^HTTP/1\\.1 ${STATUS[next]} [^]*connection: close`));
            await goAway;
            await Promise.all([idle.ending(), fresh.ending()]);
            if (!h2.session.destroyed) await once(h2.session, "close");
            await serving.open(0);
        });
    }

    it("are cut when the time to drain is over, whatever is under way; the idle ones have ended well before", async () => {
        const backend = net.createServer((socket) => void socket.on("error", () => {}).pipe(socket)).listen(0, "127.0.0.1");
        await once(backend, "listening");
        closing.push(() => void backend.close());
        const connectTcp: ConnectTcp = (_cluster, { onread }, done) => {
            const { port } = backend.address() as net.AddressInfo;
            const socket = net.connect({ port, host: "127.0.0.1", onread });
            socket.on("error", () => {}).once("connect", () => done({ kind: "connected", socket, endpoint: "" }));
            return () => socket.destroy();
        };
        const tcp = (more: Partial<TlsTermination> = {}): FilterChainEntry =>
            tcpChain("t", ["t.test"], terminated("a", { alpn: [], ...more }));
        const serving = await start(entries([simple(), tcp()]), 800, connectTcp);
        const [idle, busy] = [await http1(serving.front), await http1(serving.front)];
        const bytes = serving.front.tls("t.test");
        bytes.write("x");
        await once(bytes, "data");
        const untouched = serving.front.tls("t.test");
        busy.socket.write("POST / HTTP/1.1\r\nhost: a.test\r\ncontent-length: 9\r\n\r\n");
        await serving.open(4);
        const ends: string[] = [];
        serving.apply(entries([simple({ minVersion: "TLSv1.3" }), tcp(MUTUAL)]));
        await Promise.all([
            idle.ending().then(() => ends.push("idle")),
            closed(bytes).then(() => ends.push("bytes")),
            closed(untouched),
            busy.ending(),
        ]);
        assert.equal(ends[0], "idle");
        await serving.open(0);
    });

    it("are left alone where bytes go elsewhere from now on, and told where a policy closes the port", async () => {
        const serving = await start(
            entries([tcpChain("t", [], undefined)], { listeners: [listenerEntry("tcp")] }),
            50,
            (_c, _o, _done) => () => {},
        );
        const socket = serving.front.connect();
        await serving.open(1);
        const moved: FilterChainEntry = { ...tcpChain("t", []), target: tcpChain("other", []).target };
        serving.apply(entries([moved], { listeners: [listenerEntry("tcp")] }));
        await new Promise((resolve) => setTimeout(resolve, 120));
        await serving.open(1);
        const refusal = { detail: "closed", origin: moved.origin };
        serving.apply(entries([{ ...moved, refusal }], { listeners: [listenerEntry("tcp")] }));
        await closed(socket);
    });

    it("are told once, and barred also where the server changes again", async () => {
        const serving = await start(entries([simple()]), NEVER_MS);
        const h1 = await http1(serving.front);
        serving.apply(entries([simple({ minVersion: "TLSv1.3" })]));
        serving.apply(entries([simple({ ...MUTUAL, minVersion: "TLSv1.3" })]));
        await h1.ending();
        assert.doesNotMatch(h1.text, /^HTTP\/1\.1 200 [^]*HTTP/);
    });

    it("are judged by what is there when their handshake ends", async () => {
        const serving = await start(entries([simple()]), NEVER_MS);
        const socket = serving.front.tls("a.test", { ALPNProtocols: ["http/1.1"], maxVersion: "TLSv1.2" });
        const asker = new Http1Asker(socket);
        // The chain has been chosen, and the client has not answered yet.
        serving.whenChosen = () => serving.apply(entries([simple(MUTUAL)]));
        assert.match(await asker.ask(), /^HTTP\/1\.1 421 [^]*connection: close/);
        await asker.ending();
    });
});

async function closed(socket: net.Socket): Promise<void> {
    socket.resume();
    if (!socket.closed) await new Promise((resolve) => socket.once("close", resolve));
}

/** A front whose requests are answered by what is in force. */
class Serving {
    readonly front: Front;
    whenChosen: (() => void) | undefined;
    #runtime!: ExchangeRuntime;
    #serve!: ReturnType<typeof serveHttp>;

    constructor(drainMs: number, connectTcp?: ConnectTcp) {
        this.front = new Front({
            serveHttp: (socket, info) => {
                this.whenChosen?.();
                this.whenChosen = undefined;
                return this.#serve(socket, info);
            },
            drainMs,
            ...(connectTcp ? { connectTcp } : {}),
        });
    }

    async start(entries: FrontEntries): Promise<this> {
        await this.front.start(entries);
        this.#runtime = createRuntime(this.front.snapshot, []);
        this.#serve = serveHttp({ handler: createRequestHandler(this.#runtime) });
        return this;
    }

    apply(entries: FrontEntries): void {
        this.front.apply(entries);
        this.#runtime.snapshot = this.front.snapshot;
    }

    /** Resolves when so many connections are known. */
    async open(count: number): Promise<void> {
        while (this.front.connections.active !== count) await new Promise((resolve) => setImmediate(resolve));
    }
}

/** One connection of HTTP/1.1; `text` is the answer to what was asked last. */
class Http1Asker {
    readonly socket: tls.TLSSocket;
    text = "";
    ended = false;
    #more: (() => void) | undefined;

    constructor(socket: tls.TLSSocket) {
        this.socket = socket;
        socket.setEncoding("latin1").on("data", (part: string) => {
            this.text += part;
            this.#more?.();
        });
        socket.on("end", () => {
            this.ended = true;
            this.#more?.();
        });
        socket.on("close", () => {
            this.ended = true;
            this.#more?.();
        });
    }

    async ask(): Promise<string> {
        this.text = "";
        this.socket.write(GET);
        await this.#until(() => this.ended || isWhole(this.text));
        return this.text;
    }

    async ending(): Promise<void> {
        await this.#until(() => this.ended);
        this.socket.destroy();
    }

    async #until(holds: () => boolean): Promise<void> {
        while (!holds()) await new Promise<void>((resolve) => (this.#more = resolve));
    }
}

function isWhole(text: string): boolean {
    const [head = "", body] = text.split("\r\n\r\n");
    return body !== undefined && body.length >= Number(/content-length: (\d+)/.exec(head)?.[1] ?? 0);
}
