/** The function behind ConfigFile and ConfigGroup: YAML text in, one entry an object out. */
import { groupOf, isNamespaced, yamlValues } from "../../../istio";
import { isMap, openMap } from "../../values/envelopes";
import type { PropertyMap, PropertyValue } from "../../types";
import { InvalidInputs } from "../provider";

export function decodeYaml(args: PropertyMap, settings: PropertyMap): PropertyMap {
    const { text, defaultNamespace } = openMap(args);
    if (typeof text !== "string") throw new InvalidInputs("text must be a string");
    const namespace = typeof defaultNamespace === "string" ? defaultNamespace : settings.namespace;
    const objects = documents(text).flatMap(flatten);
    return { result: typeof namespace === "string" ? objects.map((object) => inNamespace(object, namespace)) : objects };
}

function documents(text: string): PropertyValue[] {
    return yamlValues(text).map((read): PropertyValue => {
        if ("fault" in read) throw new InvalidInputs(`text is not valid YAML: ${read.fault}`);
        return read.value as PropertyValue;
    });
}

/** A List is as many objects as it has items. */
function flatten(object: PropertyValue): PropertyMap[] {
    if (!isMap(object)) return [];
    const { kind, items } = object;
    if (typeof kind === "string" && kind.endsWith("List") && Array.isArray(items))
        return (items as readonly PropertyValue[]).flatMap(flatten);
    return [object];
}

function inNamespace(object: PropertyMap, namespace: string): PropertyMap {
    const metadata = isMap(object.metadata) ? object.metadata : {};
    if (metadata.namespace !== undefined || !isNamespaced(groupOf(String(object.apiVersion)), String(object.kind))) return object;
    return { ...object, metadata: { ...metadata, namespace } };
}
