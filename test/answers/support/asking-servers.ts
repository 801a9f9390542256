/** Servers that ask their clients for a certificate, and clients that show one. */
import { DEFAULT_CIPHERS, type ConnectionOptions } from "node:tls";
import type { KubeObject } from "../../../istio";
import { labAuthority, labCertificate, uriName, type LabOptions, type LabPair } from "../../support/certificate-lab";
import { ask, GATEWAY_SELECTOR, istioObject, secret, to, type Ask, type Play, type Setting } from "./case";

export type Clients = Readonly<Record<string, LabPair | undefined>>;

/** One server that asks its clients, with these keys beside its certificate. */
export interface Server {
    readonly keys?: Readonly<Record<string, string>>;
    /** Of the Secret `<name>-cacert`. */
    readonly separate?: Readonly<Record<string, string>>;
    readonly tls?: object;
    readonly clients: Clients;
    readonly generic?: boolean;
    readonly backend?: string;
    /** By their names. */
    readonly secrets?: Readonly<Record<string, Readonly<Record<string, string | Buffer>>>>;
}

/** By host name without its domain. */
export function serve(setting: Setting, servers: Readonly<Record<string, Server>>): Play {
    const { certificate, ports } = setting;
    const objects: KubeObject[] = [];
    const asks: Record<string, Ask> = {};
    for (const [name, { keys = {}, separate, tls = {}, clients, generic = false, backend, secrets = {} }] of Object.entries(servers)) {
        const host = `${name}.shop.test`;
        objects.push(
            secret(name, {
                ...(generic
                    ? { cert: certificate.cert, key: certificate.key }
                    : { "tls.crt": certificate.cert, "tls.key": certificate.key }),
                ...keys,
            }),
            ...Object.entries(secrets).map(([other, data]) => secret(other, data)),
            ...(separate ? [secret(`${name}-cacert`, separate)] : []),
            istioObject("Gateway", name, {
                selector: GATEWAY_SELECTOR,
                servers: [
                    {
                        port: { number: ports.https, name: `https-${name}`, protocol: "HTTPS" },
                        hosts: [host],
                        tls: { mode: "MUTUAL", credentialName: name, ...tls },
                    },
                ],
            }),
            istioObject("VirtualService", name, {
                hosts: [host],
                gateways: [name],
                http: [backend ? to(backend) : { directResponse: { status: 200 } }],
            }),
        );
        for (const [title, client] of Object.entries(clients))
            asks[Object.keys(servers).length > 1 ? `${name}: ${title}` : title] = over(host, client);
    }
    return { objects, asks };
}

export function over(host: string, client: LabPair | undefined): Ask {
    const tls: ConnectionOptions = {
        servername: host,
        ciphers: `${DEFAULT_CIPHERS}:@SECLEVEL=0`,
        ...(client ? { cert: client.cert, key: client.key } : {}),
    };
    return ask(host, "GET /", [], { port: "https", tls, anyReason: true });
}

export const client = (signer: LabPair, more: LabOptions = {}): LabPair =>
    labCertificate({ cn: "client", signer, names: [uriName("spiffe://cluster.local/ns/a/sa/b")], ...more });

export function authorities(): { readonly root: LabPair; readonly issuing: LabPair; readonly other: LabPair } {
    const root = labAuthority("Root");
    return { root, issuing: labAuthority("Issuing", { signer: root }), other: labAuthority("Other") };
}
