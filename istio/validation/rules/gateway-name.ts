/** How a VirtualService names the Gateways it binds to. */
import { isDigits } from "../../hosts";
import { shownText } from "../../shown";
import { each, type Report } from "../report";
import { checkHost, isLabel } from "./shared";

const LEGACY_NAME = /^([a-z0-9-]+)\.([a-z0-9-]+)(\.|$)/i;

/** Istio looks at no name behind one without a namespace: what is wrong with those is a warning. */
export function checkGatewayNames(names: readonly (string | undefined)[] | undefined, path: string, report: Report): void {
    let looked = true;
    each(names, path, (name, field) => {
        checkGatewayName(name, field, looked ? report : (_code, at, message, fix) => report("GH0111", at, message, fix));
        looked &&= name.includes("/");
    });
}

/** `name`, `namespace/name`, `mesh`; the full name of old releases with a warning. */
function checkGatewayName(name: string, field: string, report: Report): void {
    const slash = name.indexOf("/");
    if (slash >= 0) {
        const namespace = name.slice(0, slash);
        const own = name.slice(slash + 1);
        if (namespace === "." && isLabel(own)) {
            report(
                "GH0111",
                field,
                `${shownText(name)}: Istio's admission refuses \`.\` here`,
                `Write \`${own}\`; a name alone is looked up in the VirtualService's namespace.`,
            );
        } else if (!isLabel(namespace) || !isLabel(own)) {
            report("GH0104", field, `got ${shownText(name)}, wanted \`name\`, \`namespace/name\` or \`mesh\``);
        }
        return;
    }
    if (name.includes(".") && checkHost(name, field, {}, report)) {
        const [, own = "", namespace = ""] = LEGACY_NAME.exec(name) ?? [];
        report("GH0111", field, `${shownText(name)} is the form of old releases`, `Write \`${namespace}/${own}\`.`);
    } else if (!name.includes(".") && (!isLabel(name) || isDigits(name))) {
        report(
            "GH0104",
            field,
            name === "" ? "the gateway's name is empty" : `got ${shownText(name)}, wanted \`name\`, \`namespace/name\` or \`mesh\``,
        );
    }
}
