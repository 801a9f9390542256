/** What is the same for every case of a run: backends, certificates, names for ports. */
import { networkInterfaces } from "node:os";
import { makeAuthority } from "../../support/certificates";
import { freePorts } from "../../../harness/ports";
import type { KubeObject } from "../../../istio";
import { askGateway } from "./asking";
import { echoBackend, type EchoBackend } from "./backend";
import type { Answer, Ask, PortName, Received, Setting } from "./case";
import { istioObject } from "./case";

const PORT_NAMES: readonly PortName[] = ["http", "https", "tcp", "tls", "other"];
/** In what is no HTTP answer, and so kept as it came. */
const DATE = /\b[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT\b/g;
/** In a head that could not be read; of one that could be it is left out. */
const SERVICE_TIME = /(?<=x-envoy-upstream-service-time: )\d+/g;
/** Fingerprints and certificates in x-forwarded-client-cert. */
const FINGERPRINT = /\b[0-9a-f]{64}\b/g;
/** Signed anew in every play. */
const TOKEN = /(?:e|%65)yJ[\w%-]*(?:\.[\w%-]+)+|%65yJ[\w%-]+/g;
const CERTIFICATE = /Cert=\\"[^"\\]*\\"/g;

export class Stand {
    readonly #backends: EchoBackend[] = [];
    #common: Omit<Setting, "ports" | "port"> | undefined;

    async start(): Promise<this> {
        const names = ["one.backends.test", "two.backends.test"] as const;
        for (const name of names) this.#backends.push(await echoBackend(name));
        const authority = await makeAuthority();
        this.#common = { backends: names, authority, certificate: await authority.issue({ dns: ["shop.test", "*.shop.test"] }) };
        return this;
    }

    async stop(): Promise<void> {
        await Promise.all(this.#backends.map((one) => one.stop()));
    }

    /** The ServiceEntries of the backends. */
    get objects(): KubeObject[] {
        return this.#backends.map(({ port }, at) =>
            istioObject("ServiceEntry", `backend-${at}`, {
                hosts: [this.#common?.backends[at]],
                location: "MESH_EXTERNAL",
                resolution: "STATIC",
                ports: [{ number: 80, name: "http", protocol: "HTTP" }],
                endpoints: [{ address: "127.0.0.1", ports: { http: port } }],
            }),
        );
    }

    /** With free ports; `labels` names them in answers. */
    async setting(): Promise<{ readonly setting: Setting; readonly labels: ReadonlyMap<number, string> }> {
        if (!this.#common) throw new Error("the stand was not started");
        const free = await freePorts(PORT_NAMES.length);
        const labels = new Map(PORT_NAMES.map((name, at) => [free[at] ?? 0, name as string]));
        const port = async (label: string): Promise<number> => {
            const [one = 0] = await freePorts(1);
            labels.set(one, label);
            return one;
        };
        const ports = Object.fromEntries(PORT_NAMES.map((name, at) => [name, free[at] ?? 0])) as Record<PortName, number>;
        return { setting: { ...this.#common, ports, port }, labels };
    }

    /** Asks the gateway on a port of this machine, and says ports by their names. */
    async ask(
        port: number,
        asked: Ask,
        labels: ReadonlyMap<number, string>,
        servers: readonly { take(): Received[] }[] = [],
    ): Promise<Answer> {
        const all = [...servers, ...this.#backends];
        for (const backend of all) backend.take();
        const answer = await askGateway(port, asked);
        const backend = all.flatMap((one) => one.take());
        return named({ ...answer, ...(backend.length > 0 ? { backend } : {}) }, labels);
    }
}

/** For a client on loopback Envoy says an address of this machine. */
const OWN_ADDRESSES = Object.values(networkInterfaces())
    .flatMap((list) => (list ?? []).map(({ address }) => address))
    .filter((address) => address.includes(".") && !address.startsWith("127."))
    .map((address) => new RegExp(`(?<=[",])${address.replaceAll(".", "\\.")}(?=[",])`, "g"));

function named(answer: Answer, labels: ReadonlyMap<number, string>): Answer {
    const local = OWN_ADDRESSES.reduce((text, address) => text.replace(address, "127.0.0.1"), JSON.stringify(answer));
    const text = local
        .replace(FINGERPRINT, "<fingerprint>")
        .replace(TOKEN, "<token>")
        .replace(DATE, "<date>")
        .replace(SERVICE_TIME, "<milliseconds>")
        .replace(CERTIFICATE, String.raw`Cert=\"<certificate>\"`)
        .replace(/\b\d{5}\b/g, (number) => (labels.has(Number(number)) ? `<${labels.get(Number(number))}>` : number));
    return JSON.parse(text) as Answer;
}
