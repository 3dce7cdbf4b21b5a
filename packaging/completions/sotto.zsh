#compdef sotto
# zsh completion for sotto

_sotto_models() {
  local -a names
  names=(${(f)"$(sotto list "$@" 2>/dev/null | awk 'NR > 1 { print $1 }')"})
  compadd -a names
}

_sotto_model_or_file() {
  _sotto_models "$@"
  _files -g '*.gguf'
}

_sotto() {
  local -a commands
  commands=(
    'run:chat with a model, or have it answer once'
    'pull:download models'
    'list:the models on this machine'
    'models:search the catalog'
    'show:what is known about a model'
    'rm:delete models from this machine'
    'import:take a GGUF file, or a published folder, as a model'
    'quantize:make a smaller GGUF file of a model'
    'eval:measure how good the predictions of a model are'
    'imatrix:find out which weights of a model matter most'
    'merge:make one GGUF file of a model and LoRA adapters'
    'create:make an assistant of a file'
    'edit:change an assistant in your editor'
    'ps:the models that run now'
    'serve:answer programs over HTTP'
    'token:make, list or remove tokens for the server'
    'stop:unload a model from the running server'
    'bench:measure how fast a model runs here'
    'tokenize:turn text into token ids'
    'embed:turn texts into vectors'
    'doctor:look at this machine and say what is wrong'
    'completion:print the completion for a shell'
  )
  if (( CURRENT == 2 )); then
    _describe command commands
    _arguments '--help[how to use it]' '--version[print the version]'
    return
  fi
  local command=$words[2]
  shift words
  (( CURRENT-- ))
  case $command in
    run)
      _arguments '1:model:_sotto_model_or_file --all' '*:prompt:' \
        '--seed[the same seed gives the same answer]:number:' \
        '--temperature[0: always the likeliest token]:number:' \
        '--top-k[choose among the likeliest tokens]:number:' \
        '--top-p[choose among the likeliest share]:number:' \
        '--min-p[drop tokens less likely than this]:number:' \
        '--typical-p[keep the tokens nearest to the expected surprise]:number:' \
        '--repeat-penalty[above 1\: repeat less]:number:' \
        '--repeat-last-n[how far the penalties look back]:number:' \
        '--presence-penalty[against tokens that occurred]:number:' \
        '--frequency-penalty[against tokens that occurred often]:number:' \
        '--max-tokens[longest answer]:number:' \
        '--ctx[tokens a conversation can hold]:number:' \
        '--threads[processor threads]:number:' \
        '--system[what the model is told first]:text:' \
        '*--stop[end the answer before this text]:text:' \
        '--raw[continue the prompt as it is]' \
        '--ignore-eos[go on when the model would end]' \
        '--think=-[whether the model thinks first]::how:(on off)' \
        '--no-speculate[never guess ahead where the text repeats]' \
        '--format[how the answer is printed]:format:(text json)' \
        '--schema[the answer is valid under a JSON Schema]:file:_files' \
        '--grammar[the answer follows a GBNF grammar]:file:_files' \
        '--verbose[print figures]' \
        '--eco=-[save energy]::tokens a second' \
        '--session[go on with the conversation in a file]:file:_files' \
        '*--adapter[add a LoRA adapter]:adapter:_files' \
        '--no-history[keep nothing of what is typed]' \
        '--kv[how keys and values are kept]:kind:(int8 f16)' \
        '--no-packed-cache[pack the weights in memory]' ;;
    pull) _arguments '*:model:_sotto_models --all' ;;
    list) _arguments '--all[also those that can be pulled]' '--json[print JSON]' ;;
    models) _arguments '*:word:' '--json[print JSON]' ;;
    show)
      _arguments '1:model:_sotto_model_or_file' '--json[print JSON]' '--template[print the chat template]' \
        '--license[print the licence]' '--metadata[print the metadata]' \
        '--file[print the assistant.toml]' ;;
    rm) _arguments '*:model:_sotto_models' '--force[also the base of an assistant]' ;;
    import)
      _arguments '1:file or folder:_files -g "*.gguf(-.) *(-/)"' '--name[what to call the model]:name:' \
        '--license[its licence]:licence:' '--link[share the bytes with the file]' \
        '--output[write a folder to this GGUF file]:file:_files' '--force[replace that file]' \
        '--type[of the matrices of a folder]:type:(f32 f16 bf16)' ;;
    quantize)
      _arguments '1:model:_sotto_model_or_file' '2:file:_files' \
        '--type[what matrices become]:type:(F32 F16 BF16 Q8_0 Q6_K Q5_K_M Q5_K_S Q5_1 Q5_0 Q4_K_M Q4_K_S IQ4_NL IQ4_XS Q4_1 Q4_0 Q3_K_L Q3_K_M Q3_K_S)' \
        '--bits[bits a weight, types chosen by measuring]:number:' '--imatrix[an importance matrix]:file:_files' \
        '--text[what --bits measures on]:file:_files' '--no-eval[without measuring the new file]' '--plot[draw an SVG picture]:file:_files' \
        '--threads[processor threads]:number:' '--force[replace the file if it exists]' ;;
    eval)
      _arguments '*:model:_sotto_model_or_file' '--against[the model they were made of]:model:_sotto_model_or_file' \
        '--text[the file to measure on]:file:_files' '--tokens[how much of the text]:number:' \
        '--exact[models in float32 arithmetic too]' '--json[print JSON]' '--plot[draw an SVG picture]:file:_files' \
        '--threads[processor threads]:number:' '--force[replace the picture if it exists]' ;;
    imatrix)
      _arguments '1:model:_sotto_model_or_file' '--out[the file to write]:file:_files' \
        '--text[the text to read]:file:_files' '--tokens[how much of the text]:number:' \
        '--threads[processor threads]:number:' '--force[replace the file if it exists]' ;;
    merge)
      _arguments '1:model:_sotto_model_or_file' '2:file:_files' '*--adapter[a GGUF file or a PEFT folder]:adapter:_files' \
        '--f16[changed matrices of quantized types become F16]' '--threads[processor threads]:number:' \
        '--force[replace the file if it exists]' ;;
    create) _arguments '1:name:' '--file[an assistant.toml or a Modelfile]:file:_files' '--force[replace an assistant]' ;;
    edit) _arguments '1:assistant:_sotto_models' ;;
    ps) _arguments '--json[print JSON]' ;;
    serve)
      _arguments '--host[the address to listen on]:address:' '--port[the port]:number:' \
        '--origins[web pages that may call]:addresses:' '--hosts[names of this machine]:names:' \
        '--cert[a certificate in PEM]:file:_files' '--key[its key in PEM]:file:_files' \
        '--models-max[models loaded at the same time]:number:' '--memory[MiB of all loaded models]:number:' \
        '--parallel[answers of one model at the same time]:number:' '--queue[requests that wait]:number:' \
        '--keep-alive[how long an unused model stays]:time:' '--ctx[tokens a conversation can hold]:number:' \
        '--threads[processor threads]:number:' '--no-packed-cache[pack the weights in memory]' \
        '--verbose[a line for every request]' '--systemd[write a unit of systemd, and serve nothing]' \
        '--version[print the version]' ;;
    token) _arguments '1:what:(add list rm)' '2:name:' '--scope[what it allows]:scope:(chat admin)' ;;
    stop) _arguments '1:model:_sotto_models' ;;
    bench)
      _arguments '*:model:_sotto_model_or_file' '*--model[a name or a file]:model:_sotto_model_or_file' \
        '--n-prompt[tokens of a prompt to read]:numbers:' \
        '--n-gen[tokens to write]:numbers:' \
        '*--pg[read, then write]:numbers:' \
        '--n-depth[tokens that stand before]:numbers:' \
        '--batch-size[tokens of a prompt a call]:numbers:' \
        '--threads[processor threads]:numbers:' \
        '--repetitions[how often each test runs]:number:' \
        '--no-warmup[without a first run]' \
        '--kv[how keys and values are kept]:kind:(int8 f16)' \
        '--no-packed-cache[pack the weights in memory]' \
        '--output[how results are printed]:format:(md json jsonl)' ;;
    tokenize)
      _arguments '1:model:_sotto_model_or_file' '--json[print JSON]' '--no-bos[without the token that begins a text]' '--null[many texts, each ended by a NUL byte]' ;;
    embed) _arguments '1:model:_sotto_model_or_file' '*:text:' '--threads[processor threads]:number:' ;;
    doctor) _arguments '--json[print JSON]' '--verify[read every byte of the models]' ;;
    completion) _arguments '1:shell:(bash zsh fish)' ;;
  esac
}

if [[ $zsh_eval_context[-1] == loadautofunc ]]; then
  _sotto "$@"
else
  compdef _sotto sotto
fi
