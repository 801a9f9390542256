/** TLS of a server: which certificate sources go with which mode. */
import { suitesIn } from "../../cipher-suites";
import { asksClients } from "../../semantics";
import type { ServerTLSSettings } from "../../types";
import { each, isSet, type Loose, type Report } from "../report";

type Settings = Loose<ServerTLSSettings>;

const WEAK_VERSIONS: readonly string[] = ["TLSV1_0", "TLSV1_1"];

export function serverTlsRules(tls: Settings, field: string, report: Report): void {
    const mode = tls.mode ?? "PASSTHROUGH";
    versionRules(tls, field, report);
    cipherRules(tls, field, report);
    const sources = sourcesOf(tls);
    if (mode === "ISTIO_MUTUAL") {
        const named = [...sources, ...(["serverCertificate", "privateKey", "caCertificates"] as const).filter((part) => isSet(tls[part]))];
        if (named.length > 0) {
            report(
                "GH0105",
                field,
                `names a certificate (${named.join(", ")}), but ISTIO_MUTUAL uses the workload's own`,
                "Leave it out, or write `mode: MUTUAL`.",
            );
        }
        return;
    }
    if (sources.length > 1) {
        report("GH0105", field, `names certificates in ${sources.length} ways: ${sources.join(", ")}`, "Keep one of them.");
    }
    switch (mode) {
        case "PASSTHROUGH":
        case "AUTO_PASSTHROUGH":
            unusedRules(tls, mode, field, report);
            return;
        case "SIMPLE":
        case "MUTUAL":
        case "OPTIONAL_MUTUAL":
            terminatingRules(tls, mode, sources, field, report);
            return;
        default:
            return mode satisfies never;
    }
}

/** The ways a certificate is named, each by its fields; half a pair of files is none. */
function sourcesOf(tls: Settings): string[] {
    return [
        ...(isSet(tls.credentialName) ? ["credentialName"] : []),
        ...(isSet(tls.credentialNames) ? ["credentialNames"] : []),
        ...(isSet(tls.tlsCertificates) ? ["tlsCertificates"] : []),
        ...(isSet(tls.serverCertificate) && isSet(tls.privateKey) ? ["serverCertificate/privateKey"] : []),
    ];
}

function unusedRules(tls: Settings, mode: string, field: string, report: Report): void {
    const named = (
        ["credentialName", "credentialNames", "tlsCertificates", "serverCertificate", "privateKey", "caCertificates", "caCrl"] as const
    ).filter((part) => isSet(tls[part]));
    if (named.length > 0) {
        const fix = tls.mode === undefined ? "`mode` is PASSTHROUGH where nothing is said; write `mode: SIMPLE`." : "";
        report("GH0111", field, `names a certificate (${named.join(", ")}) that mode ${mode} does not use`, fix);
    }
    if (isSet(tls.caCrl) && isSet(tls.credentialName)) {
        report("GH0105", `${field}.caCrl`, "is a file, but the certificate comes from a Secret", "Leave both out.");
    }
}

function terminatingRules(tls: Settings, mode: string, sources: readonly string[], field: string, report: Report): void {
    const mutual = asksClients(mode);
    const bySecret = sources.includes("credentialName") || sources.includes("credentialNames");
    const halves = (["serverCertificate", "privateKey"] as const).filter((part) => isSet(tls[part]));
    if (sources.length === 0 && halves.length === 0) {
        report(
            "GH0103",
            field,
            `mode ${mode} needs a certificate and none is named`,
            "Name its Secret in `credentialName`, or files in `serverCertificate` and `privateKey`.",
        );
    } else if (sources.length === 0) {
        pairRules(tls, field, report);
    } else if (halves.length === 1) {
        report("GH0111", `${field}.${halves[0] ?? ""}`, `has no effect beside ${sources.join(", ")}`, "Leave it out.");
    }
    each(tls.tlsCertificates, `${field}.tlsCertificates`, (pair, at) => pairRules(pair, at, report));
    if (mutual && !bySecret && !isSet(tls.caCertificates)) {
        report(
            "GH0103",
            `${field}.caCertificates`,
            `mode ${mode} with files needs the authorities of client certificates`,
            "Name their file in `caCertificates`.",
        );
    }
    if (isSet(tls.caCrl) && !mutual) {
        report(
            bySecret ? "GH0111" : "GH0105",
            `${field}.caCrl`,
            `mode ${mode} asks for no client certificates that could be revoked`,
            "Leave it out.",
        );
    } else if (isSet(tls.caCrl) && bySecret) {
        report(
            "GH0111",
            `${field}.caCrl`,
            "is a file, but the certificate comes from a Secret: Istio does not read it then",
            "Put the list into the Secret as `ca.crl`.",
        );
    }
    if (!mutual && (isSet(tls.subjectAltNames) || isSet(tls.caCertificates) || isSet(tls.caCertCredentialName))) {
        report(
            "GH0111",
            field,
            "names what client certificates must be, but mode SIMPLE asks for none",
            "Write `mode: MUTUAL`, or leave it out.",
        );
    }
}

function pairRules(pair: { readonly serverCertificate?: string; readonly privateKey?: string }, field: string, report: Report): void {
    if (!isSet(pair.serverCertificate)) {
        report("GH0103", `${field}.serverCertificate`, "is missing beside `privateKey`");
    }
    if (!isSet(pair.privateKey)) {
        report("GH0103", `${field}.privateKey`, "is missing beside `serverCertificate`");
    }
}

function versionRules(tls: Settings, field: string, report: Report): void {
    const { minProtocolVersion: least, maxProtocolVersion: most } = tls;
    if (least !== undefined && WEAK_VERSIONS.includes(least) && !isSet(tls.cipherSuites)) {
        report(
            "GH0111",
            `${field}.minProtocolVersion`,
            `${least} needs cipher suites that are off where nothing is said`,
            "Name them in `cipherSuites`, or write TLSV1_2.",
        );
    }
    if (least && most && least !== "TLS_AUTO" && most !== "TLS_AUTO" && least > most) {
        report("GH0105", field, `minProtocolVersion ${least} is above maxProtocolVersion ${most}: no client can connect`);
    }
}

/** Envoy's list, in OpenSSL's names. Others are taken out with a warning, as Istio does. */
const CIPHER_SUITES: ReadonlySet<string> = new Set([
    "ECDHE-ECDSA-AES128-GCM-SHA256",
    "ECDHE-RSA-AES128-GCM-SHA256",
    "ECDHE-ECDSA-AES256-GCM-SHA384",
    "ECDHE-RSA-AES256-GCM-SHA384",
    "ECDHE-ECDSA-CHACHA20-POLY1305",
    "ECDHE-RSA-CHACHA20-POLY1305",
    "ECDHE-ECDSA-AES128-SHA",
    "ECDHE-RSA-AES128-SHA",
    "ECDHE-ECDSA-AES256-SHA",
    "ECDHE-RSA-AES256-SHA",
    "AES128-GCM-SHA256",
    "AES256-GCM-SHA384",
    "AES128-SHA",
    "AES256-SHA",
    "DES-CBC3-SHA",
    "ECDHE-RSA-AES128-SHA256",
    "ECDHE-RSA-AES256-SHA384",
    "ECDHE-ECDSA-AES128-SHA256",
    "ECDHE-ECDSA-AES256-SHA384",
    "AES128-SHA256",
    "AES256-SHA256",
]);

function cipherRules(tls: Settings, field: string, report: Report): void {
    const seen = new Set<string>();
    each(tls.cipherSuites, `${field}.cipherSuites`, (name, at) => {
        if (!suitesIn(name).every((suite) => CIPHER_SUITES.has(suite))) {
            report("GH0111", at, "is no cipher suite that is served; it is left out", "TLS 1.3 suites are always on and are not listed.");
        } else if (seen.has(name)) {
            report("GH0111", at, `\`${name}\` is there twice`);
        }
        seen.add(name);
    });
}
