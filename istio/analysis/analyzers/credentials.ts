/**
 * What is wrong with the certificates that Gateways serve, beyond what IST0161 says: keys of another certificate, hosts
 * that it does not name, a day that is near, an authority that is missing. Clients see a connection that is reset.
 */
import { checkCredential } from "../../certificates";
import { parseServerHost, referredName } from "../../semantics";
import type { AnalysisContext } from "../context";
import type { IndexedKind, ObjectIndex } from "../object-index";
import type { AnalysisReport } from "../report";
import { isCredential, secretValue } from "../secrets";

type Gateway = IndexedKind<"Gateway">;
type Servers = NonNullable<NonNullable<Gateway["usable"]["spec"]>["servers"]>;
type Server = NonNullable<Servers[number]>;

export function credentials(index: ObjectIndex, report: AnalysisReport, { now }: AnalysisContext): void {
    for (const gateway of index.of("Gateway")) {
        const [pod] = index.pods.selected(gateway.usable.spec?.selector ?? {});
        if (!pod) {
            continue;
        }
        (gateway.usable.spec?.servers ?? []).forEach((server, at) => {
            if (server) {
                checkServer(server, `spec.servers[${at}]`, { gateway, namespace: pod.namespace, index, now, report });
            }
        });
    }
}

interface Checking {
    readonly gateway: Gateway;
    /** Of the gateway's pods. */
    readonly namespace: string;
    readonly index: ObjectIndex;
    readonly now: number;
    readonly report: AnalysisReport;
}

function secretOf(text: string, { namespace, index }: Checking): IndexedKind<"Secret"> | undefined {
    const name = referredName(text.replace(/^kubernetes:\/\//, ""), namespace);
    return index.find("Secret", name.namespace, name.name);
}

function checkServer(server: Server, field: string, checking: Checking): void {
    const { gateway, report, namespace } = checking;
    const names = (server.tls?.credentialNames ?? []).map((name, at) => ({ name: name ?? "", field: `${field}.tls.credentialNames[${at}]` }));
    for (const { name, field: at } of names.filter((one) => one.name !== "" && !secretOf(one.name, checking))) {
        report.own("GH0420", gateway, at, `there is no Secret \`${name}\` in namespace ${namespace}, where the gateway's pods are`);
    }
    const { credentialName = "", mode } = server.tls ?? {};
    const all = credentialName === "" ? names : [{ name: credentialName, field: `${field}.tls.credentialName` }, ...names];
    for (const { name, field: at } of all) {
        const secret = name === "" ? undefined : secretOf(name, checking);
        if (secret && isCredential(secret, checking.now)) {
            checkSecret(secret, server, at, checking);
        }
    }
    if (credentialName !== "" && (mode === "MUTUAL" || mode === "OPTIONAL_MUTUAL")) {
        checkAuthority(credentialName, `${field}.tls.credentialName`, checking);
    }
}

/** Istio has said already where there is no credential at all; what it does not look at is left. */
function checkSecret(secret: IndexedKind<"Secret">, server: Server, field: string, { gateway, now, report }: Checking): void {
    const generic = secretValue(secret, "cert") !== undefined && secretValue(secret, "key") !== undefined;
    const certificate = secretValue(secret, generic ? "cert" : "tls.crt") ?? "";
    const privateKey = secretValue(secret, generic ? "key" : "tls.key") ?? "";
    const hosts = (server.hosts ?? []).flatMap((host) => (host === undefined ? [] : [parseServerHost(host).host]));
    for (const { code, message, fix } of checkCredential({ certificate, privateKey }, { now, hosts })) {
        report.own(code, gateway, field, `Secret ${secret.ref.namespace}/${secret.ref.name}: ${message}`, fix);
    }
}

/** Client certificates need an authority, in the Secret itself or in the one beside it. */
function checkAuthority(name: string, field: string, checking: Checking): void {
    const own = secretOf(name, checking);
    const beside = secretOf(`${name}-cacert`, checking);
    const found = [own, beside].some((secret) => secret && (secretValue(secret, "ca.crt") ?? secretValue(secret, "cacert")) !== undefined);
    if (own && !found) {
        checking.report.own("GH0118", checking.gateway, field, `neither Secret \`${name}\` nor \`${name}-cacert\` has \`ca.crt\`, so that no client certificate can be checked`, "Add the authority of the clients as `ca.crt`.");
    }
}
