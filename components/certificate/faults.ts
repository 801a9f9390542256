/** What is wrong with a certificate's source, before anything is made of it. */
import { fault, mentionsUnknown, secretNameFaults, type Fault } from "../arguments";
import { earlyRenewalOf, VALIDITY_HOURS } from "./issue";
import type { CertificateData, IssueArgs } from "./source";
import { tlsModeOf, type TlsData } from "./tls";

/** CA/Browser Forum baseline: clients refuse a server certificate of more than 398 days. */
const MAX_SERVER_HOURS = 398 * 24;

const join = (path: string, field: string): string => (path ? `${path}.${field}` : field);

interface Hours {
    readonly validityHours?: number;
    readonly earlyRenewalHours?: number;
}

/** Whole hours, and a renewal that begins before the end. */
export function hoursFaults(path: string, args: Hours, defaults: Required<Hours>): Fault[] {
    const wrong = (["validityHours", "earlyRenewalHours"] as const).filter((field) => {
        const value = args[field];
        return value !== undefined && !(Number.isInteger(value) && value >= (field === "validityHours" ? 1 : 0));
    });
    if (wrong.length > 0)
        return wrong.map((field) => fault("GH0210", join(path, field), `${JSON.stringify(args[field])} is not a number of hours.`));
    const { validityHours, earlyRenewalHours } = {
        ...defaults,
        ...Object.fromEntries(Object.entries(args).filter(([, value]) => value !== undefined)),
    };
    if (earlyRenewalHours < validityHours) return [];
    return [
        fault(
            "GH0210",
            join(path, "earlyRenewalHours"),
            `a certificate of ${validityHours} hours that is renewed ${earlyRenewalHours} hours before its end is always due.`,
            "Give fewer.",
        ),
    ];
}

function issueFaults(path: string, args: IssueArgs): Fault[] {
    const long =
        (args.validityHours ?? 0) > MAX_SERVER_HOURS
            ? [
                  fault(
                      "GH0207",
                      join(path, "validityHours"),
                      `${args.validityHours} hours are more than the 398 days that clients accept.`,
                      `Give at most ${MAX_SERVER_HOURS}.`,
                  ),
              ]
            : [];
    return [
        ...long,
        ...hoursFaults(path, args, {
            validityHours: VALIDITY_HOURS,
            earlyRenewalHours: earlyRenewalOf(args.validityHours ?? VALIDITY_HOURS),
        }),
    ];
}

/** A certificate cannot be made for every name there is. */
function madeFaults(path: string, hosts: readonly string[]): Fault[] {
    return Array.isArray(hosts) && hosts.includes("*")
        ? [
              fault(
                  "GH0207",
                  path,
                  "no certificate can be made for the host `*`.",
                  "Name the hosts, or give a certificate with fromPem, fromSecret or fromFiles.",
              ),
          ]
        : [];
}

function fileFaults(path: string, field: string, file: unknown): Fault[] {
    if (typeof file === "string" && file.startsWith("/")) return [];
    return [fault("GH0207", join(path, field), `${JSON.stringify(file)} is not an absolute path in the proxy's container.`)];
}

function issuerFaults(path: string, issuer: Extract<CertificateData, { kind: "fromCertManager" }>["issuer"] | undefined): Fault[] {
    if (mentionsUnknown(issuer?.name)) return [];
    if (typeof issuer !== "object" || typeof issuer.name !== "string" || issuer.name === "")
        return [fault("GH0207", path, "the issuer has no name.", "Give the name of an Issuer, or { name, kind }.")];
    // Issuers of other groups have kinds of their own.
    if (issuer.kind === undefined || issuer.group !== undefined || issuer.kind === "Issuer" || issuer.kind === "ClusterIssuer") return [];
    return [fault("GH0207", join(path, "kind"), `${JSON.stringify(issuer.kind)} is not one of Issuer and ClusterIssuer.`)];
}

function sourceFaults(path: string, certificate: CertificateData, hosts: readonly string[]): Fault[] {
    switch (certificate.kind) {
        case "selfSigned":
        case "signedBy":
            return [...issueFaults(path, certificate), ...madeFaults(path, hosts)];
        case "fromCertManager":
            return [...issuerFaults(join(path, "issuer"), certificate.issuer), ...madeFaults(path, hosts)];
        case "fromFiles": {
            const { clientCa } = certificate;
            return [
                ...fileFaults(path, "certificate", certificate.certificate),
                ...fileFaults(path, "privateKey", certificate.privateKey),
                ...(clientCa === undefined ? [] : fileFaults(path, "clientCa", clientCa)),
            ];
        }
        case "fromSecret": {
            return secretNameFaults("GH0207", join(path, "name"), certificate.name);
        }
        case "fromPem":
            return [];
        default: {
            const { kind } = certificate satisfies never as { kind?: unknown };
            if (mentionsUnknown(kind))
                return [
                    fault(
                        "GH0207",
                        join(path, "kind"),
                        "this says which resources there are, and is not known yet.",
                        "Give it as it is; only values in it may be Outputs.",
                    ),
                ];
            return [
                fault(
                    "GH0207",
                    join(path, "kind"),
                    `${JSON.stringify(kind)} is not a kind of certificate.`,
                    "Use one of Certificate's factories.",
                ),
            ];
        }
    }
}

/** What is wrong with the TLS arguments of a server for `hosts`. */
export function tlsFaults(path: string, tls: TlsData, hosts: readonly string[]): Fault[] {
    const { certificate } = tls;
    if (typeof certificate !== "object" || certificate === null)
        return [fault("GH0207", join(path, "certificate"), "there is no certificate.", "Use one of Certificate's factories.")];
    const asksClients = tlsModeOf(tls) !== "SIMPLE";
    const hasCa =
        tls.clientCa === true ||
        (certificate.kind === "fromFiles" ? certificate.clientCa !== undefined : certificate.kind === "fromSecret");
    const mutual =
        asksClients && !hasCa
            ? [fault("GH0210", join(path, "mode"), `${tlsModeOf(tls)} needs the authorities of the clients.`, "Give clientCaPem.")]
            : [];
    const idle =
        tls.mode === "SIMPLE" && tls.clientCa
            ? [fault("GH0210", join(path, "clientCaPem"), "mode SIMPLE asks clients for no certificate.", "Leave one of the two out.")]
            : [];
    return [...sourceFaults(join(path, "certificate"), certificate, hosts), ...mutual, ...idle];
}
