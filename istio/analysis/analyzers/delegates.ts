/** Delegation: the VirtualService that a rule hands its requests to must be there, and must not hand them on. */
import { delegateFault, nameText } from "../../semantics";
import type { ObjectIndex } from "../object-index";
import type { IndexedKind } from "../indexed-object";
import type { AnalysisReport } from "../report";

export function delegates(index: ObjectIndex, report: AnalysisReport): void {
    for (const service of index.of("VirtualService")) {
        (service.usable.spec?.http ?? []).forEach((rule, at) => {
            const { name, namespace = service.ref.namespace } = rule?.delegate ?? {};
            if (name !== undefined) {
                checkDelegate(
                    index.find("VirtualService", namespace || service.ref.namespace, name),
                    nameText({ namespace: namespace || service.ref.namespace, name }),
                    service,
                    `spec.http[${at}].delegate`,
                    report,
                );
            }
        });
    }
}

function checkDelegate(
    target: IndexedKind<"VirtualService"> | undefined,
    name: string,
    service: IndexedKind<"VirtualService">,
    field: string,
    report: AnalysisReport,
): void {
    const fault = target && delegateFault({ namespace: target.ref.namespace, ...target.usable.spec }, service.ref.namespace);
    if (!target) {
        report.own("GH0434", service, field, `there is no VirtualService ${name} to delegate to`);
    } else if (fault) {
        report.own("GH0434", service, field, `VirtualService ${name} ${fault.message}`, fault.fix);
    } else if ((target.usable.spec?.http ?? []).some((rule) => rule?.delegate !== undefined)) {
        const circle = (target.usable.spec?.http ?? []).some(
            (rule) =>
                rule?.delegate?.name === service.ref.name && (rule.delegate.namespace || target.ref.namespace) === service.ref.namespace,
        );
        report.own(
            "GH0435",
            service,
            field,
            `VirtualService ${name} ${circle ? "delegates back to this one" : "delegates on"}; there is one level of delegation`,
            "Put its rules into one VirtualService.",
        );
    }
}
