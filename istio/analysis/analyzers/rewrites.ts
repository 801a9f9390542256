/** Two traps of paths and ports that no error ever names: a rewritten prefix, and a redirect's port. */
import { isHttpFamily, parseProtocol } from "../../ports";
import type { ObjectIndex } from "../object-index";
import type { AnalysisReport } from "../report";

export function doubledSlashes(index: ObjectIndex, report: AnalysisReport): void {
    for (const service of index.of("VirtualService")) {
        (service.usable.spec?.http ?? []).forEach((rule, at) => {
            const prefixes = (rule?.match ?? []).flatMap((match) => match?.uri?.prefix ?? []);
            const trap = prefixes.find((prefix) => prefix.length > 1 && !prefix.endsWith("/"));
            // With the prefix and its slash both there the rest of a path is matched by the one with the slash, if it comes first.
            if (rule?.rewrite?.uri === "/" && trap !== undefined && !prefixes.slice(0, prefixes.indexOf(trap)).includes(`${trap}/`)) {
                report.own(
                    "GH0707",
                    service,
                    `spec.http[${at}].rewrite.uri`,
                    `turns \`${trap}/x\` into \`//x\``,
                    `Match \`${trap}/\` before \`${trap}\`, each with the rewrite \`/\`.`,
                );
            }
        });
    }
}

/** The Location of a redirect has the Host as the client sent it, port and all. */
export function redirectPorts(index: ObjectIndex, report: AnalysisReport): void {
    for (const gateway of index.of("Gateway")) {
        (gateway.usable.spec?.servers ?? []).forEach((server, at) => {
            const protocol = parseProtocol(server?.port?.protocol ?? "");
            const number = server?.port?.number;
            if (server?.tls?.httpsRedirect && protocol !== undefined && isHttpFamily(protocol) && number !== undefined && number !== 80) {
                report.own(
                    "GH0708",
                    gateway,
                    `spec.servers[${at}].tls.httpsRedirect`,
                    `redirects to \`https://host:${number}/\` whoever asked on port ${number}`,
                    "Serve plain HTTP on port 80, or redirect in a VirtualService that names the port.",
                );
            }
        });
    }
}
