/** IST0138 and IST0145: Gateways of one workload that serve the same certificate, or claim the same port and host. */
import { nameText, selectorText, type Labels } from "../../semantics";
import type { ObjectIndex } from "../object-index";
import type { IndexedKind } from "../indexed-object";
import { goList, nameList, type AnalysisReport } from "../report";
import { LabelIndex } from "../label-index";
import { addTo } from "../../lists-by-key";

type Gateway = IndexedKind<"Gateway">;

function selectorOf({ usable }: Gateway): Labels {
    return usable.spec?.selector ?? {};
}

/** Browsers that hold a connection for one host reuse it for another one of the same certificate, and get its 404. */
export function sharedCertificates(index: ObjectIndex, report: AnalysisReport): void {
    const byCertificate = new Map<string, { readonly gateway: Gateway; readonly field: string }[]>();
    for (const gateway of index.of("Gateway")) {
        (gateway.usable.spec?.servers ?? []).forEach((server, at) => {
            const { credentialName = "", serverCertificate = "", privateKey = "" } = server?.tls ?? {};
            const certificate =
                credentialName !== ""
                    ? `secret ${credentialName}`
                    : serverCertificate !== "" && privateKey !== ""
                      ? `files ${serverCertificate} ${privateKey}`
                      : "";
            if (certificate !== "") {
                const field = `spec.servers[${at}].tls.${credentialName !== "" ? "credentialName" : "serverCertificate"}`;
                addTo(byCertificate, certificate, { gateway, field });
            }
        });
    }
    for (const servers of byCertificate.values()) {
        reportShared(servers, report);
    }
}

function reportShared(servers: readonly { readonly gateway: Gateway; readonly field: string }[], report: AnalysisReport): void {
    // A selector with more labels selects among the pods of one with fewer: those meet on one workload.
    const bySelector = new LabelIndex(
        servers.map(({ gateway }) => gateway),
        selectorOf,
    );
    const done = new Set<Gateway>();
    for (const { gateway, field } of servers) {
        const others = done.has(gateway) ? [] : [...new Set(bySelector.selected(selectorOf(gateway)))].filter((other) => other !== gateway);
        done.add(gateway);
        if (others.length > 0) {
            report.istio(
                "IST0138",
                gateway,
                field,
                [goList([gateway, ...others].map(({ ref }) => nameText(ref)))],
                "Serve the hosts of one certificate from one Gateway.",
            );
        }
    }
}

interface Claim {
    readonly gateway: Gateway;
    readonly selector: string;
}

/** The first Gateway that a port and host was given to keeps it; the others lose theirs without a word. */
export function conflictingGateways(index: ObjectIndex, report: AnalysisReport): void {
    const claims = new Map<string, Map<string, Claim[]>>();
    for (const gateway of index.of("Gateway")) {
        const selector = selectorText(selectorOf(gateway));
        for (const key of new Set((gateway.usable.spec?.servers ?? []).flatMap(claimsOf))) {
            const bySelector = claims.get(key) ?? new Map<string, Claim[]>();
            addTo(bySelector, selector, { gateway, selector });
            claims.set(key, bySelector);
        }
    }
    const meet = meeting(index);
    for (const gateway of index.of("Gateway")) {
        (gateway.usable.spec?.servers ?? []).forEach((server, at) => {
            const others = [...new Set(claimsOf(server).flatMap((key) => rivals(gateway, claims.get(key), meet)))].sort();
            if (others.length > 0) {
                const hosts = (server?.hosts ?? []).join(",");
                report.istio("IST0145", gateway, `spec.servers[${at}]`, [
                    nameList(others),
                    selectorText(selectorOf(gateway)),
                    server?.port?.number ?? 0,
                    hosts,
                ]);
            }
        });
    }
}

/** `port host bind` of each host of a server. */
function claimsOf(
    server:
        | { readonly port?: { readonly number?: number }; readonly hosts?: readonly (string | undefined)[]; readonly bind?: string }
        | undefined,
): string[] {
    const number = server?.port?.number;
    return number === undefined ? [] : (server?.hosts ?? []).map((host) => `${number} ${host ?? ""} ${server?.bind ?? ""}`);
}

function rivals(
    gateway: Gateway,
    bySelector: ReadonlyMap<string, readonly Claim[]> | undefined,
    meet: (a: string, b: string) => boolean,
): string[] {
    const own = selectorText(selectorOf(gateway));
    return [...(bySelector ?? [])]
        .filter(([selector]) => meet(own, selector))
        .flatMap(([, claims]) =>
            claims
                .filter((claim) => claim.gateway !== gateway)
                .slice(0, MOST)
                .map((claim) => nameText(claim.gateway.ref)),
        );
}

/** Rivals that are looked for; the message names fewer. */
const MOST = 100;

/** Whether two selectors, as texts, choose a pod in common. As in Istio, one must contain the other. */
function meeting(index: ObjectIndex): (a: string, b: string) => boolean {
    const labels = new Map(index.of("Gateway").map((gateway) => [selectorText(selectorOf(gateway)), selectorOf(gateway)]));
    const known = new Map<string, boolean>();
    return (a, b) => {
        if (a === b) {
            return true;
        }
        if (!a.includes(b) && !b.includes(a)) {
            return false;
        }
        const key = a < b ? `${a}\n${b}` : `${b}\n${a}`;
        const found = known.get(key) ?? index.pods.selected({ ...labels.get(a), ...labels.get(b) }).length > 0;
        known.set(key, found);
        return found;
    };
}
