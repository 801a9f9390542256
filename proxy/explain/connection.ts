/** The connection that a question comes on: from where it is asked, with the names of the client's certificate where a server asks for one. */
import type { ConnectionInfo, HandshakeInfo } from "../http/doors";
import { listenerRules, verifiesClients } from "../snapshot";
import type { FilterChainEntry, ListenerEntry } from "../tables";
import type { Step } from "./explanation";
import type { Question } from "./question";

/** Addresses that are nobody's (RFC 5737). */
const CLIENT = "192.0.2.1";
const GATEWAY = "192.0.2.2";

export function connectionOf(question: Question, chain: FilterChainEntry, listener: ListenerEntry): ConnectionInfo {
    const { scheme, serverName, clientAddress = CLIENT } = question;
    const rules = listenerRules(listener);
    const isSecure = scheme === "https" || scheme === "tls";
    return {
        remoteAddress: clientAddress,
        remotePort: 50_000,
        localAddress: GATEWAY,
        localPort: listener.targetPort,
        targetPort: listener.targetPort,
        trustedProxies: listener.trustedProxies ?? 0,
        edge: rules.edge,
        tolerance: rules.tolerance,
        outbound: listener.outbound === true,
        port: listener.port,
        scheme: isSecure ? "https" : "http",
        serverName: isSecure ? serverName : "",
        routeTable: chain.target.kind === "http" ? chain.target.routeTable : "",
        isProxy: question.target !== undefined,
        chain: chain.key,
        forwardedClientCert: "",
        tls: isSecure && chain.tls?.mode !== "PASSTHROUGH" ? handshakeOf(question, chain) : undefined,
    };
}

function handshakeOf({ clientPrincipals }: Question, chain: FilterChainEntry): HandshakeInfo {
    return {
        version: "TLSv1.3",
        cipher: "TLS_AES_128_GCM_SHA256",
        peer: undefined,
        local: undefined,
        principals: principalsOf(chain, clientPrincipals),
    };
}

/** Only who asks for a certificate, and verifies it, sees the names in it. Where one is needed it is taken to be there. */
function principalsOf(chain: FilterChainEntry, principals: readonly string[] | undefined): readonly string[] | undefined {
    if (!verifiesClients(chain)) return undefined;
    return principals ?? (chain.tls?.mode === "MUTUAL" ? [] : undefined);
}

/** Of names that nobody sees. */
export function unseenSteps({ clientPrincipals }: Question, { tls }: ConnectionInfo): Step[] {
    if (clientPrincipals === undefined || tls?.principals !== undefined) return [];
    return [{ step: "certificate", text: "no client certificate is asked for and verified here: nobody sees the names in it" }];
}
