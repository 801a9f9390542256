/** The table of docs/ingress.md: annotations of ingress-nginx, as the analysis names them. */
import { NGINX_ROWS } from "../../istio/analysis/nginx-annotations";
import { table } from "./markdown-tables";

const CODES = { guard: "GH0730", equal: "GH0731", none: "GH0732" } as const;

export function nginxTable(): string {
    return table(
        ["annotation", "becomes", "code"],
        NGINX_ROWS.map(({ names, annotation }) => [
            names.map((name) => `\`${name}\``).join(", "),
            annotation.becomes,
            CODES[annotation.kind],
        ]),
    );
}
