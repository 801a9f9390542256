/** The way of a connection before any request: the listener, and by the server name the filter chain with its certificate. */
import { X509Certificate } from "node:crypto";
import { isIP } from "node:net";
import { capturedIn, chainFor, type Snapshot } from "../snapshot";
import { hostOf, type FilterChainEntry, type ListenerEntry, type Tables } from "../tables";
import type { CertificateAnswer, Explanation, Step } from "./explanation";
import type { Question } from "./question";

export interface Front {
    readonly listener: ListenerEntry | undefined;
    /** Undefined: nothing serves the connection. */
    readonly chain: FilterChainEntry | undefined;
    readonly certificate: CertificateAnswer | null;
    /** A handshake could be made. */
    readonly isOpen: boolean;
    readonly steps: readonly Step[];
}

/** What is open where: port → ListenerEntry key. Absent: the tables' own ports. */
export type OpenPorts = ReadonlyMap<number, string>;

export function frontOf(question: Question, snapshot: Snapshot, open: OpenPorts | undefined): Front {
    const { listeners } = snapshot.entries;
    const { port, target } = question;
    // Who asks a proxy connects to the proxy, whomever it means.
    const captured = target === undefined ? capturedListener(question, snapshot) : undefined;
    const listener = captured ?? listenerAt(port, snapshot.entries, open);
    if (!listener) {
        const own = [...listeners.values()].filter(({ capture }) => capture !== "virtual");
        const ports = open ? [...open.keys()] : [...new Set(own.map((one) => one.port))];
        return refused(
            [
                {
                    step: "listener",
                    text: `nothing listens on port ${port}; there is ${ports.sort((a, b) => a - b).join(", ") || "no listener at all"}`,
                },
            ],
            undefined,
        );
    }
    const at: Step = {
        step: "listener",
        text: listenerText(listener),
        origin: listener.origin,
    };
    const usesTls = question.scheme === "https" || question.scheme === "tls";
    if (listener.kind !== "tls") {
        // Captured bytes that nobody understands pass as they are.
        if (usesTls && listener.capture !== "virtual")
            return refused([at, { step: "server-name", text: "the listener speaks no TLS: the handshake fails" }], listener);
        const chain = chainFor(snapshot, listener.key, "")?.entry;
        return { listener, chain, certificate: null, isOpen: chain !== undefined, steps: [at] };
    }
    if (!usesTls) return refused([at, { step: "server-name", text: "the listener wants TLS: the connection is closed" }], listener);
    return secureFront(question, snapshot, listener, at);
}

function secureFront({ serverName }: Question, snapshot: Snapshot, listener: ListenerEntry, at: Step): Front {
    const chain = chainFor(snapshot, listener.key, serverName)?.entry;
    const asked = serverName === "" ? "no server name" : `server name ${serverName}`;
    if (!chain)
        return refused([at, { step: "server-name", text: `${asked}: no server of this port has it; the connection is closed` }], listener);
    const named: Step = {
        step: "server-name",
        text: `${asked} is served as ${chain.serverNames.join(", ") || "any"}`,
        origin: chain.origin,
    };
    if (chain.tls?.mode === "PASSTHROUGH") {
        return {
            listener,
            chain,
            certificate: null,
            isOpen: true,
            steps: [at, named, { step: "certificate", text: "the backend's own: TLS is passed through" }],
        };
    }
    const certificate = certificateOf(chain, snapshot.entries);
    if (!certificate)
        return {
            ...refused(
                [at, named, { step: "certificate", text: "there is no usable one: no handshake is accepted", origin: chain.origin }],
                listener,
            ),
            chain,
        };
    const shown: Step = {
        step: "certificate",
        text: `${certificate.subject} for ${certificate.names.join(", ")}, until ${certificate.notAfter.slice(0, 10)}, of ${certificate.secret}`,
        origin: certificate.origin,
    };
    const mutual: Step[] =
        chain.tls?.mode === "MUTUAL"
            ? [{ step: "certificate", text: "the client must show a certificate of its own; it is taken for good here" }]
            : [];
    return { listener, chain, certificate, isOpen: true, steps: [at, named, shown, ...mutual] };
}

function refused(steps: readonly Step[], listener: ListenerEntry | undefined): Front {
    return { listener, chain: undefined, certificate: null, isOpen: false, steps };
}

function listenerText({ key, kind, capture, port, targetPort }: ListenerEntry): string {
    if (capture !== "virtual") return `${key} (${kind}), opened on port ${targetPort}`;
    return port === 0 ? `${key} (${kind}), for what nothing is known of` : `${key} (${kind}), for what is meant for port ${port}`;
}

const BEGINNINGS = { http: "http", https: "tls", tls: "tls", tcp: "tcp" } as const;

/** Of what an application sends out, by whom it means; undefined: nothing is captured here. */
function capturedListener({ authority, port, scheme, serverName }: Question, snapshot: Snapshot): ListenerEntry | undefined {
    const all = [...snapshot.entries.listeners.values()].filter(({ capture }) => capture === "virtual");
    if (all.length === 0) return undefined;
    const index = capturedIn(snapshot.entries);
    const kind = BEGINNINGS[scheme];
    const host = hostOf(authority);
    const name = kind === "tls" ? serverName : "";
    const isFor = (one: ListenerEntry | undefined): one is ListenerEntry =>
        one !== undefined && chainFor(snapshot, one.key, name) !== undefined;
    if (isIP(host) !== 0) {
        const found = index.find(host, port) ?? index.unknown;
        return [found[kind], found.tcp, index.unknown[kind], index.unknown.tcp].find(isFor);
    }
    // A name may have addresses of its own, by which alone it is told.
    const leads = (one: ListenerEntry): boolean => {
        const target = chainFor(snapshot, one.key, name)?.entry.target;
        return target?.kind === "tcp" && target.route.clusters.some(({ cluster }) => cluster.endsWith(`|${host}`));
    };
    const onPort = all.filter((one) => one.port === port && one.kind === kind);
    const any = index.find("0.0.0.0", port);
    return [
        any?.[kind],
        onPort.find(leads),
        all.find((one) => one.port === port && one.kind === "tcp" && leads(one)),
        index.unknown[kind],
        index.unknown.tcp,
    ].find(isFor);
}

/** The port that a client would use: what is open; the Gateway server's; what the pod opens for it. */
function listenerAt(port: number, { listeners }: Tables, open: OpenPorts | undefined): ListenerEntry | undefined {
    const known = open?.get(port);
    if (known !== undefined) return listeners.get(known);
    const all = [...listeners.values()].filter(({ capture }) => capture !== "virtual");
    return all.find((one) => one.port === port) ?? all.find((one) => one.targetPort === port);
}

function certificateOf(chain: FilterChainEntry, { secrets }: Tables): CertificateAnswer | null {
    if (!chain.tls || chain.tls.mode === "PASSTHROUGH") return null;
    for (const key of chain.tls.secrets) {
        const secret = secrets.get(key);
        if (!secret || secret.certificate === "") continue;
        try {
            const { subject, subjectAltName = "", validTo } = new X509Certificate(secret.certificate);
            return {
                secret: key,
                subject: subject.replaceAll("\n", ", "),
                names: subjectAltName
                    .split(/,\s*/)
                    .filter((name) => name !== "")
                    .map((name) => name.replace(/^(DNS|IP Address):/, "")),
                notAfter: new Date(validTo).toISOString(),
                origin: secret.origin,
            };
        } catch {
            // As the worker sees it: this one cannot be used.
        }
    }
    return null;
}

export function listenerAnswer(listener: ListenerEntry | undefined): Explanation["listener"] {
    return listener
        ? { key: listener.key, port: listener.port, targetPort: listener.targetPort, protocol: listener.kind, origin: listener.origin }
        : null;
}
