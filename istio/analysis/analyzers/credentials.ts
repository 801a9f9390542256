/**
 * What is wrong with the certificates that Gateways serve, beyond what IST0161 says: keys of another certificate, hosts
 * that it does not name, a day that is near, an authority that is missing. Clients see a connection that is reset.
 */
import { checkCredential, remarksOnStaple, secretData, secretFaults } from "../../certificates";
import type { Code } from "../../codes";
import { asksClients, parseServerHost, secretMeant } from "../../semantics";
import type { AnalysisContext } from "../context";
import type { ObjectIndex } from "../object-index";
import type { IndexedKind } from "../indexed-object";
import type { AnalysisReport } from "../report";
import { isCredential } from "../secrets";

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
    const name = secretMeant(text, namespace);
    return name && index.find("Secret", name.namespace, name.name);
}

function checkServer(server: Server, field: string, checking: Checking): void {
    const { gateway, report, namespace } = checking;
    const names = (server.tls?.credentialNames ?? []).map((name, at) => ({
        name: name ?? "",
        field: `${field}.tls.credentialNames[${at}]`,
    }));
    for (const { name, field: at } of names.filter((one) => one.name !== "" && !secretOf(one.name, checking))) {
        report.own("GH0420", gateway, at, `there is no Secret \`${name}\` in namespace ${namespace}, where the gateway's pods are`);
    }
    const { credentialName = "", mode } = server.tls ?? {};
    const all = credentialName === "" ? names : [{ name: credentialName, field: `${field}.tls.credentialName` }, ...names];
    for (const { name, field: at } of all) {
        const secret = name === "" ? undefined : secretOf(name, checking);
        if (secret) checkSecret(secret, server, at, checking);
    }
    if (asksClients(mode)) checkAuthority(server, field, checking);
}

/** What Istio has said already is left: that keys are missing, and that a certificate is out of its time. */
function checkSecret(secret: IndexedKind<"Secret">, server: Server, field: string, { gateway, now, report }: Checking): void {
    const data = secretData(secret.usable);
    if (data.certificate === "" || data.privateKey === "") return;
    const hosts = (server.hosts ?? []).flatMap((host) => (host === undefined ? [] : [parseServerHost(host).host]));
    const isOutOfTime = !isCredential(secret, now);
    const { certificate, privateKey } = data;
    const faults = [...checkCredential({ certificate, privateKey }, { now, hosts }), ...remarksOnStaple(data, now)].filter(
        ({ code }) => !(isOutOfTime && OF_TIME.has(code)),
    );
    for (const { code, message, fix } of faults)
        report.own(code, gateway, field, `Secret ${secret.ref.namespace}/${secret.ref.name}: ${message}`, fix);
}

const OF_TIME: ReadonlySet<Code> = new Set(["GH0122", "GH0123"]);

/** Client certificates need an authority: of a Secret that is named for it, of the one beside the certificate's, or of that itself. */
function checkAuthority({ tls }: Server, field: string, checking: Checking): void {
    const { caCertCredentialName = "", credentialName = "" } = tls ?? {};
    const name = caCertCredentialName === "" ? credentialName : caCertCredentialName;
    const own = name === "" ? undefined : secretOf(name, checking);
    const secret = caCertCredentialName === "" && name !== "" ? (secretOf(`${name}-cacert`, checking) ?? own) : own;
    if (!secret) return;
    const at = `${field}.tls.${caCertCredentialName === "" ? "credentialName" : "caCertCredentialName"}`;
    const data = secretData(secret.usable);
    if (data.ca === "") {
        if (own)
            checking.report.own(
                "GH0118",
                checking.gateway,
                at,
                caCertCredentialName === ""
                    ? `neither Secret \`${name}\` nor \`${name}-cacert\` has \`ca.crt\`, so that no client certificate can be checked`
                    : `Secret \`${name}\` has no \`ca.crt\`, so that no client certificate can be checked`,
                "Add the authority of the clients as `ca.crt`.",
            );
        return;
    }
    const {
        ref: { namespace, name: found },
    } = secret;
    for (const { code, message, fix } of secretFaults(data, { pair: false, ca: true }, checking.now)) {
        checking.report.own(code, checking.gateway, at, `Secret ${namespace}/${found}: ${message}`, fix);
    }
}
