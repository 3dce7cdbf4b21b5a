# bash completion for sotto
_sotto_models() {
  sotto list "$@" 2>/dev/null | awk 'NR > 1 { print $1 }'
}

_sotto() {
  local cur prev words cword
  if declare -F _init_completion >/dev/null; then
    _init_completion -n : || return
  else
    cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} words=("${COMP_WORDS[@]}") cword=$COMP_CWORD
  fi
  local commands="run pull list models show rm import quantize eval imatrix merge create edit ps serve token stop bench tokenize embed doctor completion"
  if [[ $cword -eq 1 ]]; then
    COMPREPLY=($(compgen -W "$commands --help --version" -- "$cur"))
    return
  fi
  local flags="" candidates=""
  case ${words[1]} in
    run)
      flags="--seed --temperature --top-k --top-p --min-p --typical-p --repeat-penalty --repeat-last-n
        --presence-penalty --frequency-penalty --max-tokens --think --ctx --threads --system --stop --raw --ignore-eos
        --no-speculate --format --schema --grammar --verbose --kv --eco --session --adapter --no-history --no-packed-cache --help"
      if [[ $prev == --format ]]; then
        COMPREPLY=($(compgen -W "text json" -- "$cur"))
        return
      fi
      [[ $cword -eq 2 ]] && candidates=$(_sotto_models --all) ;;
    pull) flags="--help" candidates=$(_sotto_models --all) ;;
    list) flags="--all --json --help" ;;
    models) flags="--json --help" ;;
    show) flags="--json --template --license --metadata --file --help" candidates=$(_sotto_models) ;;
    rm) flags="--force --help" candidates=$(_sotto_models) ;;
    import)
      flags="--name --license --link --output --force --type --help"
      if [[ $prev == --type ]]; then
        COMPREPLY=($(compgen -W "f32 f16 bf16" -- "$cur"))
        return
      fi ;;
    quantize)
      flags="--type --bits --imatrix --text --no-eval --plot --threads --force --help"
      if [[ $prev == --type ]]; then
        COMPREPLY=($(compgen -W "F32 F16 BF16 Q8_0 Q6_K Q5_K_M Q5_K_S Q5_1 Q5_0 Q4_K_M Q4_K_S IQ4_NL IQ4_XS Q4_1 Q4_0
          Q3_K_L Q3_K_M Q3_K_S" -- "$cur"))
        return
      fi
      [[ $cword -eq 2 ]] && candidates=$(_sotto_models) ;;
    eval) flags="--against --text --tokens --exact --json --plot --threads --force --help" candidates=$(_sotto_models) ;;
    imatrix)
      flags="--out --text --tokens --threads --force --help"
      [[ $cword -eq 2 ]] && candidates=$(_sotto_models) ;;
    merge)
      flags="--adapter --f16 --threads --force --help"
      [[ $cword -eq 2 ]] && candidates=$(_sotto_models) ;;
    create)
      flags="--file --force --help"
      if [[ $prev == --file || $prev == -f ]]; then
        COMPREPLY=($(compgen -f -- "$cur"))
        return
      fi ;;
    edit) flags="--help" candidates=$(_sotto_models) ;;
    ps) flags="--json --help" ;;
    serve)
      flags="--host --port --origins --hosts --cert --key --models-max --memory --parallel --queue --keep-alive --ctx
        --threads --no-packed-cache --verbose --systemd --version --help"
      if [[ $prev == --cert || $prev == --key ]]; then
        COMPREPLY=($(compgen -f -- "$cur"))
        return
      fi ;;
    token)
      flags="--scope --help"
      [[ $cword -eq 2 ]] && candidates="add list rm"
      [[ $prev == --scope ]] && candidates="chat admin" ;;
    stop) flags="--help" candidates=$(_sotto_models) ;;
    bench)
      flags="--model --n-prompt --n-gen --pg --n-depth --batch-size --threads
        --repetitions --kv --no-warmup --no-packed-cache --output --help"
      if [[ $prev == --output ]]; then
        COMPREPLY=($(compgen -W "md json jsonl" -- "$cur"))
        return
      fi
      candidates=$(_sotto_models) ;;
    tokenize) flags="--json --no-bos --null --help" candidates=$(_sotto_models) ;;
    embed) flags="--threads --help"; [[ $cword -eq 2 ]] && candidates=$(_sotto_models) ;;
    doctor) flags="--json --verify --help" ;;
    completion) candidates="bash zsh fish" ;;
  esac
  if [[ $cur == -* ]]; then
    COMPREPLY=($(compgen -W "$flags" -- "$cur"))
    return
  fi
  COMPREPLY=($(compgen -W "$candidates" -- "$cur"))
  case ${words[1]} in
    run|show|import|quantize|eval|imatrix|merge|bench|tokenize|embed) COMPREPLY+=($(compgen -f -X '!*.gguf' -- "$cur") $(compgen -d -S / -- "$cur")) ;;
  esac
  # A model's name may hold a colon, which bash takes for the end of a word.
  declare -F __ltrim_colon_completions >/dev/null && __ltrim_colon_completions "$cur"
}
complete -F _sotto sotto
