/** IST0101: the forward proxies that a ServiceEntry's annotation names. A name that is nobody's lets nothing through, without a word. */
import { FORWARD_PROXY_ANNOTATION, forwardProxyGateways, forwardProxyPorts } from "../../semantics";
import { childPath } from "../../paths";
import type { ObjectIndex } from "../object-index";
import { goQuoted, type AnalysisReport } from "../report";

export function forwardProxies(index: ObjectIndex, report: AnalysisReport): void {
    for (const entry of index.of("ServiceEntry")) {
        for (const text of forwardProxyGateways(entry.annotations)) {
            const [namespace = "", name = "", more] = text.split("/");
            // Another form is said of the annotation itself.
            if (namespace === "" || name === "" || more !== undefined) continue;
            const gateway = index.find("Gateway", namespace, name);
            if (gateway && forwardProxyPorts(gateway.annotations).length > 0) continue;
            const fix = gateway ? `Gateway ${text} has no annotation ${FORWARD_PROXY_ANNOTATION} that says which of its servers are.` : "";
            report.istio(
                "IST0101",
                entry,
                childPath("metadata.annotations", FORWARD_PROXY_ANNOTATION),
                ["forward proxy", goQuoted(text)],
                fix,
            );
        }
    }
}
