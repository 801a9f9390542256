/** What is the same for every case of a run: backends, certificates, names for ports. */
import { networkInterfaces } from "node:os";
import { makeAuthority } from "../../support/certificates";
import { freePorts } from "../../../harness/ports";
import type { KubeObject } from "../../../istio";
import { askGateway } from "./asking";
import { echoBackend, type EchoBackend } from "./backend";
import { http2Backend } from "./http2/backend";
import { askOverHttp2 } from "./http2/asking";
import type { AccessLog, Answer, Ask, PortName, Received, Setting } from "./case";
import { istioObject } from "./case";

const PORT_NAMES: readonly PortName[] = ["http", "https", "tcp", "tls", "other", "proxy"];
/** In what is no HTTP answer, and so kept as it came. */
const DATE = /\b[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT\b/g;
/** In a head that could not be read; of one that could be it is left out. */
const SERVICE_TIME = /(?<=x-envoy-upstream-service-time: )\d+/g;
/** Fingerprints and certificates in x-forwarded-client-cert. */
const FINGERPRINT = /\b[0-9a-f]{64}\b/g;
/** Signed anew in every play. */
const TOKEN = /(?:e|%65)yJ[\w%-]*(?:\.[\w%-]+)+|%65yJ[\w%-]+/g;
/** Of WebSocket, random where a proxy makes it. */
const KEY = /(?<="sec-websocket-key":")[\w+/]{22}==/g;
/** Of a cookie by which a client is known again. */
const STICKY = /(?<="set-cookie":"[\w-]+=)(?:\\"[0-9a-f]{16}\\"|[0-9a-f]{16})(?=[;"])/g;
const CERTIFICATE = /Cert=\\"[^"\\]*\\"/g;

/** Within it a copy has come, if it comes at all. */
const QUIET_MS = 60;

const HTTP2_BACKEND = "http2.backends.test";
/** They say that they are the two of HTTP/1.1. */
const HTTP2_BACKENDS = ["one.http2.test", "two.http2.test"] as const;

/** On port 80, whatever its protocol. */
function entry(at: number, host: string | undefined, port: number, protocol: string): KubeObject {
    return istioObject("ServiceEntry", `backend-${at}`, {
        hosts: [host],
        location: "MESH_EXTERNAL",
        resolution: "STATIC",
        ports: [{ number: 80, name: "http", protocol }],
        endpoints: [{ address: "127.0.0.1", ports: { http: port } }],
    });
}

export class Stand {
    readonly #backends: EchoBackend[] = [];
    /** Of each key the backend that answered it last. */
    readonly #keys = new WeakMap<Ask, string>();
    /** What was asked, and when, whose lines were not read yet. */
    readonly #logged: {
        readonly answer: Logged;
        readonly labels: ReadonlyMap<number, string>;
        readonly log: AccessLog;
        readonly span: readonly [from: number, to: number];
    }[] = [];
    #common: Omit<Setting, "ports" | "port"> | undefined;

    async start(): Promise<this> {
        const names = ["one.backends.test", "two.backends.test"] as const;
        for (const name of names) this.#backends.push(await echoBackend(name));
        this.#backends.push(await http2Backend(HTTP2_BACKEND));
        for (const name of names) this.#backends.push(await http2Backend(name));
        const authority = await makeAuthority();
        this.#common = {
            backends: names,
            backendPorts: [this.#backends[0]?.port ?? 0, this.#backends[1]?.port ?? 0],
            http2: HTTP2_BACKEND,
            authority,
            certificate: await authority.issue({ dns: ["shop.test", "*.shop.test"] }),
        };
        return this;
    }

    async stop(): Promise<void> {
        await Promise.all(this.#backends.map((one) => one.stop()));
    }

    /** The ServiceEntries of the backends. */
    get objects(): KubeObject[] {
        const hosts = [...(this.#common?.backends ?? []), HTTP2_BACKEND, ...HTTP2_BACKENDS];
        return this.#backends.map(({ port }, at) => entry(at, hosts[at], port, at < 2 ? "HTTP" : "HTTP2"));
    }

    /** With free ports; `labels` names them in answers. `http2`: with backends that speak it. */
    async setting(http2 = false): Promise<{ readonly setting: Setting; readonly labels: ReadonlyMap<number, string> }> {
        if (!this.#common) throw new Error("the stand was not started");
        const free = await freePorts(PORT_NAMES.length);
        const labels = new Map(PORT_NAMES.map((name, at) => [free[at] ?? 0, name as string]));
        const port = async (label: string): Promise<number> => {
            const [one = 0] = await freePorts(1);
            labels.set(one, label);
            return one;
        };
        const ports = Object.fromEntries(PORT_NAMES.map((name, at) => [name, free[at] ?? 0])) as Record<PortName, number>;
        return { setting: { ...this.#common, ...(http2 ? { backends: HTTP2_BACKENDS } : {}), ports, port }, labels };
    }

    /** Asks the gateway on a port of this machine, and says ports by their names. */
    async ask(
        port: number,
        asked: Ask,
        labels: ReadonlyMap<number, string>,
        servers: readonly { take(): Received[] }[] = [],
    ): Promise<Answer> {
        await asked.before?.();
        const once = (one: Ask): Promise<Answer> => this.ask(port, one, labels, servers);
        if (asked.keys !== undefined) return this.#keyed(asked.keys, asked.isLoss === true, once);
        if (asked.times !== undefined) return repeated(asked.times, () => once({ ...asked, times: undefined, before: undefined } as Ask));
        const all = [...servers, ...this.#backends];
        for (const backend of all) backend.take();
        const from = asked.log ? await nextMillisecond() : 0;
        const answer = await (asked.http2 ? askOverHttp2(port, asked) : askGateway(port, asked));
        // Whether a backend has heard of what was reset is a matter of time; that it has got all of it is not.
        const isReset = asked.http2 !== undefined && answer.status === 0;
        const backend = (await (asked.copies ? takenOf(all) : all.flatMap((one) => one.take())))
            .filter(({ partial }) => !(partial && isReset))
            .map(({ partial: _partial, ...received }) => received);
        const given = named({ ...answer, ...(backend.length > 0 ? { backend } : {}) }, labels);
        if (!asked.log) return given;
        const logged: Logged = { ...given, log: [] };
        this.#logged.push({ answer: logged, labels, log: asked.log, span: [from, Date.now()] });
        return logged;
    }

    /** Gives each answer since the last call what was logged of it. */
    async readLogs(): Promise<void> {
        const all = this.#logged.splice(0);
        for (const log of new Set(all.map((one) => one.log))) {
            const own = all.filter((one) => one.log === log);
            const lines = await log.take(own.map(({ span }) => span));
            for (const [at, { answer, labels }] of own.entries())
                answer.log.push(
                    ...named({ status: 0, log: lines[at] ?? [] }, labels).log!.map((line) => line.replace(EPHEMERAL, "<port>")),
                );
        }
    }

    async #keyed(keys: readonly Ask[], isLoss: boolean, ask: (one: Ask) => Promise<Answer>): Promise<Answer> {
        const answers: Answer[] = [];
        for (const key of keys) answers.push(await ask(key));
        const now = answers.map(({ backend }) => backend?.[0]?.at ?? "");
        const moved = keys.filter((key, at) => {
            const own = this.#keys.get(key) ?? "";
            return own !== "" && own !== now[at] && now.includes(own);
        });
        for (const [at, key] of keys.entries()) this.#keys.set(key, now[at] ?? "");
        const { status, spread = { backends: 0, statuses: [] } } = summed(answers);
        const roughly = moved.length * 2 > keys.length ? "most" : "few";
        return { status, spread: { ...spread, moved: isLoss ? roughly : moved.length } };
    }
}

/** With what comes behind the answer: a copy is sent when it is sent. */
async function takenOf(all: readonly { take(): Received[] }[]): Promise<Received[]> {
    const taken: Received[] = [];
    for (let isNew = true; isNew; ) {
        await new Promise((resolve) => setTimeout(resolve, QUIET_MS));
        const more = all.flatMap((one) => one.take());
        taken.push(...more);
        isNew = more.length > 0;
    }
    return taken.sort((a, b) => (textOf(a) < textOf(b) ? -1 : 1));
}

const textOf = ({ at, headers }: Received): string => JSON.stringify([at, headers]);

/** Which backend answers is for a balancer to choose, each time anew or always the same one. */
async function repeated(times: number, ask: () => Promise<Answer>): Promise<Answer> {
    const answers: Answer[] = [];
    for (let at = 0; at < times; at++) answers.push(await ask());
    return summed(answers);
}

function summed(answers: readonly Answer[]): Answer {
    const backends = new Set(answers.flatMap(({ backend = [] }) => backend.map(({ at }) => at)));
    const statuses = [...new Set(answers.map(({ status }) => status))].sort((a, b) => a - b);
    const spread = { backends: backends.size, statuses };
    if (statuses.length > 1) return { status: statuses[0] ?? 0, spread };
    const { backend: _all, headers = {}, ...last } = answers.at(-1) ?? { status: 0 };
    const { "x-backend": _one, ...others } = headers;
    return { ...last, headers: others, spread };
}

/** For a client on loopback Envoy says an address of this machine. */
const OWN_ADDRESSES = Object.values(networkInterfaces())
    .flatMap((list) => (list ?? []).map(({ address }) => address))
    .filter((address) => address.includes(".") && !address.startsWith("127."))
    .map((address) => new RegExp(`(?<=[",])${address.replaceAll(".", "\\.")}(?=[",\\\\])`, "g"));

function named(answer: Answer, labels: ReadonlyMap<number, string>): Answer {
    const local = OWN_ADDRESSES.reduce((text, address) => text.replace(address, "127.0.0.1"), JSON.stringify(answer));
    const text = local
        .replaceAll(/\b(one|two)\.http2\.test\b/g, "$1.backends.test")
        .replace(FINGERPRINT, "<fingerprint>")
        .replace(TOKEN, "<token>")
        .replace(KEY, "<key>")
        .replace(DATE, "<date>")
        .replace(SERVICE_TIME, "<milliseconds>")
        .replace(STICKY, "<sticky>")
        .replace(CERTIFICATE, String.raw`Cert=\"<certificate>\"`)
        .replace(/\b\d{5}\b/g, (number) => (labels.has(Number(number)) ? `<${labels.get(Number(number))}>` : number));
    return JSON.parse(text) as Answer;
}

type Logged = Answer & { readonly log: string[] };

/** So that nothing else has begun in it. */
async function nextMillisecond(): Promise<number> {
    for (const now = Date.now(); Date.now() === now; ) await new Promise((resolve) => setTimeout(resolve, 1));
    return Date.now();
}

/** Of clients and of backends that have none of a case's names. */
const EPHEMERAL = /(?<=\b127\.0\.0\.\d+:)\d{4,5}\b/g;
