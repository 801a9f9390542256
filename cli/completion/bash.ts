/** Completion for bash: one function, which asks by the command and the word before. Works with bash 3.2, without bash-completion. */
import type { Candidates, CompletedCommand } from "./model";

/** What fills COMPREPLY. Words of ours have no blanks and nothing that a shell reads. */
function reply(candidates: Candidates): string {
    if (candidates === "none") return "COMPREPLY=()";
    if (candidates === "files") return `COMPREPLY=($(compgen -f -- "$cur"))`;
    if (candidates === "folders") return `COMPREPLY=($(compgen -d -- "$cur"))`;
    return `COMPREPLY=($(compgen -W "${candidates.words.join(" ")}" -- "$cur"))`;
}

function commandCase({ names, options, arguments: places, variadic }: CompletedCommand): string {
    const valued = options.filter(({ value }) => value !== undefined);
    const flags = options.flatMap((one) => one.flags.filter((flag) => flag.startsWith("--")));
    const place = (index: number): string =>
        `${variadic && index === places.length - 1 ? "*" : String(index)}) ${reply(places[index]!)} ;;`;
    return [
        `        ${names.join("|")})`,
        `            case "$prev" in`,
        ...valued.map(({ flags: own, value }) => `                ${own.join("|")}) ${reply(value!)}; return ;;`),
        `            esac`,
        `            if [[ $cur == -* ]]; then ${reply({ words: flags })}; return; fi`,
        ...(places.length === 0 ? [] : [`            case $place in ${places.map((_, index) => place(index)).join(" ")} esac`]),
        `            ;;`,
    ].join("\n");
}

export function bashCompletion(commands: readonly CompletedCommand[]): string {
    const valued = new Set(
        commands.flatMap(({ options }) => options.filter(({ value }) => value !== undefined).flatMap(({ flags }) => flags)),
    );
    return `# Completion of gatehouse for bash. Load it with: source <(gatehouse completion bash)
_gatehouse() {
    local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD-1]} command="" place=0 at word
    COMPREPLY=()
    for ((at = 1; at < COMP_CWORD; at++)); do
        word=\${COMP_WORDS[at]}
        if [[ -z $command ]]; then
            [[ $word == -* ]] || command=$word
            continue
        fi
        case $word in
            ${[...valued].join("|")}) at=$((at + 1)) ;;
            -*) ;;
            *) place=$((place + 1)) ;;
        esac
    done
    case $command in
        "") ${reply({ words: [...commands.flatMap(({ names }) => names), "--help", "--version"] })} ;;
${commands.map(commandCase).join("\n")}
    esac
}
complete -o filenames -F _gatehouse gatehouse`;
}
