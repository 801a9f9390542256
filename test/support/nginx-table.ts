/** The table of docs/ingress.md: annotations of ingress-nginx, as the analysis names them. */
import { NGINX_CODES, NGINX_ROWS } from "../../istio/analysis/nginx-annotations";
import { table } from "./markdown-tables";

export function nginxTable(): string {
    return table(
        ["annotation", "becomes", "code"],
        NGINX_ROWS.map(({ names, annotation }) => [
            names.map((name) => `\`${name}\``).join(", "),
            annotation.becomes,
            NGINX_CODES[annotation.kind],
        ]),
    );
}
