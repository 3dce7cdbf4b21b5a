#include "cli/line_editor.h"

#include <histedit.h>
#include <unistd.h>

#include <atomic>
#include <cwchar>
#include <string_view>

#include "cli/history_file.h"
#include "cli/keyboard.h"
#include "cli/output.h"

namespace sotto::cli {

namespace {

// A terminal that knows bracketed paste puts these around what is pasted; others ignore the request.
constexpr std::string_view kPasteOn = "\x1b[?2004h", kPasteOff = "\x1b[?2004l";
constexpr std::wstring_view kPasteEnd = L"\x1b[201~";

std::string to_bytes(std::wstring_view text) {
  std::string out;
  std::mbstate_t state{};
  char bytes[16];
  for (const wchar_t c : text) {
    const std::size_t n = std::wcrtomb(bytes, c, &state);
    if (n <= sizeof bytes) out.append(bytes, n);
  }
  return out;
}

// Bound to the start of a paste: takes everything up to its end as text, so that newlines do not send it.
unsigned char take_paste(EditLine* editor, int) {
  std::wstring text;
  wchar_t c = 0;
  while (el_wgetc(editor, &c) == 1) {
    text += c == L'\r' ? L'\n' : c;
    if (text.ends_with(kPasteEnd)) break;
  }
  if (text.ends_with(kPasteEnd)) text.resize(text.size() - kPasteEnd.size());
  if (el_insertstr(editor, to_bytes(text).c_str()) != 0) return CC_ERROR;
  return CC_REFRESH;
}

}  // namespace

struct LineEditor::State {
  explicit State(std::string path) : file(path), on_disk(!path.empty()) {}

  HistoryFile file;
  bool on_disk;
  bool keep = true;
  std::string prompt;
  EditLine* editor = nullptr;
  History* history = nullptr;
  const Keyboard* keyboard = nullptr;       // while a line is read
  const std::atomic<bool>* stop = nullptr;  // likewise
  bool interrupted = false;
  std::string given_up;

  static State& of(EditLine* editor) {
    void* data = nullptr;
    el_get(editor, EL_CLIENTDATA, &data);
    return *static_cast<State*>(data);
  }
  static char* current_prompt(EditLine* editor) { return of(editor).prompt.data(); }
  static unsigned char take_interrupt(EditLine* editor, int) {
    of(editor).interrupted = true;
    of(editor).keep_given_up();
    return CC_EOF;
  }
  void keep_given_up() {
    const LineInfo* line = el_line(editor);
    given_up.assign(line->buffer, line->lastchar);
  }
  static int read_key(EditLine* editor, wchar_t* key);
  bool wait_for_key() const;
  void take_terminal() const;

  void enter(const std::string& line) {
    HistEvent event;
    ::history(history, &event, H_ENTER, line.c_str());
  }
};

// Ctrl-C is a key while a line is edited.
void LineEditor::State::take_terminal() const {
  write_all(STDOUT_FILENO, kPasteOn);
  el_set(editor, EL_PREP_TERM, 1);
  el_set(editor, EL_SETTY, "-d", "intr=", nullptr);
}

// False when a signal asked for the end of the line.
bool LineEditor::State::wait_for_key() const {
  while (!*stop) {
    const Keyboard::Event event = keyboard->wait();
    if (event == Keyboard::Event::kKey) return true;
    if (event == Keyboard::Event::kResized) el_resize(editor);
    if (event != Keyboard::Event::kSuspend && event != Keyboard::Event::kContinued) continue;
    el_set(editor, EL_PREP_TERM, 0);
    write_all(STDOUT_FILENO, kPasteOff);
    if (event == Keyboard::Event::kSuspend) keyboard->suspend();
    take_terminal();
    el_set(editor, EL_REFRESH);
  }
  return false;
}

// 1 with a key, 0 at the end of the input, -1 when interrupted. Bytes that are no text are passed over.
int LineEditor::State::read_key(EditLine* editor, wchar_t* key) {
  State& state = of(editor);
  constexpr auto kUnfinished = static_cast<std::size_t>(-2), kWrong = static_cast<std::size_t>(-1);
  for (std::mbstate_t decoding{};;) {
    state.interrupted = !state.wait_for_key();
    if (state.interrupted) {
      state.keep_given_up();
      return -1;
    }
    char byte = 0;
    if (::read(STDIN_FILENO, &byte, 1) != 1) return 0;
    const bool first = std::mbsinit(&decoding) != 0;
    std::size_t used = std::mbrtowc(key, &byte, 1, &decoding);
    if (used == kWrong) decoding = {};
    if (used == kWrong && !first) used = std::mbrtowc(key, &byte, 1, &decoding);  // may begin the next character
    if (used == kWrong) decoding = {};
    if (used != kWrong && used != kUnfinished) return 1;
  }
}

LineEditor::LineEditor(std::string history_path) : state_(std::make_unique<State>(std::move(history_path))) {
  State& state = *state_;
  state.history = history_init();
  HistEvent event;
  history(state.history, &event, H_SETSIZE, static_cast<int>(HistoryFile::kMaxEntries));
  history(state.history, &event, H_SETUNIQUE, 1);
  state.editor = el_init("sotto", stdin, stdout, stderr);
  el_set(state.editor, EL_CLIENTDATA, &state);
  el_set(state.editor, EL_PROMPT, &State::current_prompt);
  el_set(state.editor, EL_EDITOR, "emacs");
  el_set(state.editor, EL_GETCFN, &State::read_key);
  el_set(state.editor, EL_HIST, history, state.history);
  el_set(state.editor, EL_ADDFN, "sotto-paste", "Insert what is pasted", take_paste);
  el_set(state.editor, EL_BIND, "\x1b[200~", "sotto-paste", nullptr);
  el_set(state.editor, EL_BIND, "^R", "em-inc-search-prev", nullptr);
  el_set(state.editor, EL_ADDFN, "sotto-interrupt", "Give up the line", &State::take_interrupt);
  el_set(state.editor, EL_BIND, "^C", "sotto-interrupt", nullptr);
  el_source(state.editor, nullptr);
  if (!state.on_disk) return;
  for (const std::string& entry : state.file.load()) state.enter(entry);
}

LineEditor::~LineEditor() {
  el_end(state_->editor);
  history_end(state_->history);
}

TypedLine LineEditor::read(const std::string& prompt, const std::atomic<bool>& stop) {
  state_->prompt = prompt;
  const Keyboard keyboard;
  state_->keyboard = &keyboard;
  state_->stop = &stop;
  state_->interrupted = false;
  state_->given_up.clear();
  // Before the prompt shows: what is typed from then on is the editor's, not the terminal's to echo.
  state_->take_terminal();
  int count = 0;
  const char* line = el_gets(state_->editor, &count);
  write_all(STDOUT_FILENO, kPasteOff);
  if (line == nullptr || count <= 0) {
    return {state_->interrupted ? TypedLine::Kind::kInterrupted : TypedLine::Kind::kEnd, state_->given_up};
  }
  std::string text(line, static_cast<std::size_t>(count));
  if (text.ends_with('\n')) text.pop_back();
  return {TypedLine::Kind::kLine, std::move(text)};
}

void LineEditor::remember(const std::string& line) {
  if (line.empty() || !state_->keep) return;
  state_->enter(line);
  if (state_->on_disk) state_->on_disk = state_->file.append(line);
}

void LineEditor::keep_history(bool on) { state_->keep = on; }

}  // namespace sotto::cli
