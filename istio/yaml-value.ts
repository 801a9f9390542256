/** One YAML text as one value, for what is no Kubernetes object: settings that Kubernetes' and Istio's own readers take. */
import { LineCounter } from "yaml";
import { toPlain } from "./document-values";
import { composeDocuments } from "./yaml-documents";
import { yamlFaultText } from "./yaml-faults";

export type YamlValue = { readonly value: unknown } | { readonly fault: string };

/** Every document of a text. A fault never repeats the text. */
export function yamlValues(text: string): YamlValue[] {
    try {
        const { documents, faults } = composeDocuments(text, new LineCounter());
        const [lexical] = faults;
        return lexical
            ? [{ fault: lexical.message }]
            : documents.map((document): YamlValue => {
                  const [malformed] = document.errors;
                  if (malformed) {
                      return { fault: yamlFaultText(malformed.code) };
                  }
                  const { value, faults: within } = toPlain(document.contents);
                  const fatal = within.find((one) => one.fatal);
                  return fatal ? { fault: fatal.message } : { value };
              });
    } catch {
        return [{ fault: "it is nested too deeply" }];
    }
}

/** The first document; null where there is none. */
export function yamlValue(text: string): YamlValue {
    return yamlValues(text)[0] ?? { value: null };
}
