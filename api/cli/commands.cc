#include "api/cli/commands.h"

#include <unistd.h>

#include <algorithm>
#include <set>

#include "api/cli/batch.h"
#include "api/cli/forget.h"
#include "api/cli/import.h"
#include "api/cli/json.h"
#include "api/cli/line_reader.h"
#include "api/cli/lookup_rows.h"
#include "api/cli/lookup_text.h"
#include "api/cli/past_commands.h"
#include "api/cli/progress.h"
#include "api/cli/retention.h"
#include "api/cli/status_text.h"
#include "api/cli/streams.h"
#include "api/cli/terminal.h"
#include "api/cli/upkeep_text.h"

namespace etymon::cli {

namespace {

ExitStatus status_of(const v1::LookupResponse& answer) {
  if (answer.ambiguous()) {
    return ExitStatus::kAmbiguous;
  }
  // Other hosts' names are none of this host's.
  const bool named =
      answer.verdict() == v1::VERDICT_LIVE || answer.verdict() == v1::VERDICT_EXPIRED;
  return named ? ExitStatus::kOk : ExitStatus::kNo;
}

// All that was recorded, to explain an UNKNOWN with.
Result<std::vector<v1::CoverageInterval>> coverage(Client& client) {
  const Result<v1::GetStatusResponse> status = client.status();
  if (!status) {
    return status.error();
  }
  return std::vector(status->coverage().begin(), status->coverage().end());
}

Result<std::string> text_of(const v1::LookupRequest& question, const v1::LookupResponse& answer,
                            Tools tools) {
  const WallTime asked_at = tools.clock.wall();
  std::vector<v1::CoverageInterval> recorded;
  if (answer.verdict() == v1::VERDICT_UNKNOWN) {
    Result<std::vector<v1::CoverageInterval>> known = coverage(tools.client);
    if (!known) {
      return known.error();
    }
    recorded = *std::move(known);
  }
  return lookup_text({question, answer, asked_at, recorded}, style_of(STDOUT_FILENO));
}

// Each once.
std::string name_lines(const v1::LookupResponse& answer, std::set<std::string>& told) {
  constexpr size_t kToldMax = 1'000'000;  // names, some 100 MB: later ones may come again
  std::string lines;
  for (const std::string& name : names_of(answer)) {
    const bool is_new = !told.contains(name);
    lines += is_new ? name + "\n" : "";
    if (is_new && told.size() < kToldMax) {
      told.insert(name);
    }
  }
  return lines;
}

Result<std::string> written(const LookupCommand& command, const v1::LookupResponse& answer,
                            Tools tools) {
  std::set<std::string> told;
  switch (command.print) {
    case Print::kJson:
      return json_line(answer);
    case Print::kCsv:
      return std::string(kLookupCsvHead) +
             lookup_csv({command.question, answer, tools.clock.wall(), {}});
    case Print::kMinimal:
      return name_lines(answer, told);
    case Print::kText:
    case Print::kCof:
      break;
  }
  return text_of(command.question, answer, tools);
}

// Text and JSON say so by themselves; rows and names have no room for it.
bool is_cut_silently(Print print, const v1::LookupResponse& answer) {
  return answer.truncated() && (print == Print::kCsv || print == Print::kMinimal);
}

Result<ExitStatus> run_one(const LookupCommand& command, Tools tools) {
  const Result<v1::LookupResponse> answer = tools.client.lookup(command.question);
  if (!answer) {
    return answer.error();
  }
  const Result<std::string> text = written(command, *answer, tools);
  if (!text) {
    return text.error();
  }
  if (is_cut_silently(command.print, *answer)) {
    remark("there are more names: ask for one host with --client, or for fewer addresses");
  }
  if (const Result<ExitStatus> done = printed(*text); !done) {
    return done;
  }
  return command.exit_by == ExitBy::kVerdict ? status_of(*answer) : ExitStatus::kOk;
}

// The answers of a file, in the form that was asked for.
class FileAnswers {
 public:
  FileAnswers(Print print, Tools tools) : print_(print), tools_(tools) {}

  // To be called first: learns what text explains an UNKNOWN with.
  Status prepare() {
    out_ = print_ == Print::kCsv ? std::string(kLookupCsvHead) : "";
    if (print_ == Print::kText) {
      Result<std::vector<v1::CoverageInterval>> known = coverage(tools_.client);
      if (!known) {
        return known.error();
      }
      recorded_ = *std::move(known);
    }
    return {};
  }

  void add(const AnsweredLine& line) {
    ++lines_;
    if (line.result.has_error() && line.by == AnsweredBy::kServer) {
      status_ = ExitStatus::kFailed;
    }
    if (print_ == Print::kJson) {
      return append_json_line(out_, line.result);
    }
    if (line.result.has_error()) {
      return add_error(line);
    }
    cut_ += is_cut_silently(print_, line.result.answer()) ? 1U : 0U;
    if (print_ == Print::kMinimal) {
      out_ += name_lines(line.result.answer(), told_);
      return;
    }
    const AnsweredLookup lookup{line.question, line.result.answer(), tools_.clock.wall(),
                                recorded_};
    if (print_ == Print::kCsv) {
      out_ += lookup_csv(lookup);
    } else {
      append_lookup_text(out_, lookup, style_);
      out_ += '\n';
    }
  }

  Status let_out() {
    const Status status = print(out_);
    out_.clear();
    return status ? flush() : status;
  }

  void tell_of_cut() const {
    if (cut_ > 0) {
      remark("answers with more names than were told: " + grouped(cut_) +
             "; ask for one host each, or for fewer addresses");
    }
  }

  // kFailed: the server had an error for an answer. A line that is no question changes nothing.
  ExitStatus status() const { return status_; }

 private:
  // Columns have no room for what is wrong, and names none at all.
  void add_error(const AnsweredLine& line) {
    const std::string& message = line.result.error().message();
    if (print_ == Print::kText) {
      out_ += "ERROR  " + printable(message) + "\n\n";
      return;
    }
    remark("line " + std::to_string(lines_) + ": " + message);
    out_ += print_ == Print::kCsv ? lookup_csv_error(line.question) : "";
  }

  Print print_;
  Tools tools_;
  const Style style_ = style_of(STDOUT_FILENO);
  std::vector<v1::CoverageInterval> recorded_;
  std::set<std::string> told_;
  uint64_t lines_ = 0;
  uint64_t cut_ = 0;  // answers whose rows or names are not all
  ExitStatus status_ = ExitStatus::kOk;
  std::string out_;  // until its group is complete
};

Result<ExitStatus> run_one(const LookupFileCommand& command, Tools tools) {
  const InputFile input(command.file);
  if (!input.opened()) {
    return input.opened().error();
  }
  FileAnswers answers(command.print, tools);
  if (const Status prepared = answers.prepare(); !prepared) {
    return prepared.error();
  }
  LineReader lines(input.fd(), kLineMax);
  const std::unique_ptr<LookupStream> stream = tools.client.lookup_stream();
  const Status answered = answer_lines(
      lines, *stream, tools.clock, [&](const AnsweredLine& line) { answers.add(line); },
      [&] { return answers.let_out(); });
  if (!answered) {
    return answered.error();
  }
  answers.tell_of_cut();
  const Status ended = answers.let_out();  // the head, where there was no question
  return ended ? Result<ExitStatus>(answers.status()) : ended.error();
}

struct ImportTotals {
  size_t files = 0;    // that were read to their end
  size_t damaged = 0;  // that were not
  size_t closed = 0;   // that could not be opened
  capture::CaptureCounters counters;
  uint64_t lines = 0;
  uint64_t known = 0;
  uint64_t too_old = 0;
  uint64_t gaps = 0;
};

void add(const capture::CaptureCounters& counters, capture::CaptureCounters& totals) {
  totals.frames += counters.frames;
  totals.responses += counters.responses;
  totals.malformed += counters.malformed;
  totals.deliveries += counters.deliveries;
}

// "of 5 responses in 10 frames and 7 lines": of captures, texts, or both.
std::string source_words(const ImportTotals& totals) {
  const capture::CaptureCounters& counters = totals.counters;
  const std::string lines = count_of(totals.lines, "line", "lines");
  if (totals.lines > 0 && counters.frames == 0) {
    return " in " + lines;
  }
  return " of " + count_of(counters.responses, "response", "responses") + " in " +
         count_of(counters.frames, "frame", "frames") + (totals.lines > 0 ? " and " + lines : "");
}

std::string summary_line(const ImportTotals& totals) {
  const capture::CaptureCounters& counters = totals.counters;
  const uint64_t added = counters.deliveries - totals.known - totals.too_old;
  return "imported " + count_of(added, "delivery", "deliveries") + source_words(totals) + ", " +
         count_of(totals.files + totals.damaged + totals.closed, "file", "files") +
         (totals.known > 0 ? "; known already: " + grouped(totals.known) : "") +
         (totals.too_old > 0 ? "; older than what is kept: " + grouped(totals.too_old) : "") +
         (counters.malformed > 0 ? "; malformed responses: " + grouped(counters.malformed) : "") +
         (totals.gaps > 0 ? "; gaps that are not covered: " + grouped(totals.gaps) : "") +
         (totals.damaged > 0 ? "; damaged files: " + grouped(totals.damaged) : "") +
         (totals.closed > 0 ? "; not to be opened: " + grouped(totals.closed) : "") + "\n";
}

// One file. Its own faults are told and counted; an error ends the run.
Status import_one(const ImportSource& source, Tools tools, Progress& progress,
                  ImportTotals& totals) {
  const uint64_t size = size_of(source.path);
  const Result<ImportSummary> summary = import_file(
      source, [&] { return tools.client.ingest(); },
      [&](uint64_t octets) {
        progress.show(source.path,
                      static_cast<double>(octets) / static_cast<double>(std::max(size, octets)));
      });
  progress.clear();
  if (!summary) {
    return summary.error();
  }
  add(summary->counters, totals.counters);
  totals.lines += summary->lines;
  totals.known += summary->known;
  totals.too_old += summary->too_old;
  totals.gaps += summary->gaps;
  if (summary->drops > 0) {
    remark(source.path + ": it says that it lacks frames: that time is not covered");
  }
  if (summary->runs > 1) {
    remark(source.path + ": the times of its frames step: what lies between is not covered");
  }
  if (summary->ended) {
    ++totals.files;
  } else {
    ++(summary->opened ? totals.damaged : totals.closed);
    remark(summary->ended.error().message);
  }
  return {};
}

Result<ExitStatus> run_one(const ImportCommand& command, Tools tools) {
  Progress progress(STDERR_FILENO, tools.clock);
  ImportTotals totals;
  for (const std::string& file : command.files) {
    const ImportSource source{file, tools.clock, command.zone};
    if (const Status imported = import_one(source, tools, progress, totals); !imported) {
      return imported.error();
    }
  }
  if (const Result<ExitStatus> done = printed(summary_line(totals)); !done) {
    return done;
  }
  if (totals.closed > 0) {
    return ExitStatus::kFailed;
  }
  return totals.damaged > 0 ? ExitStatus::kNo : ExitStatus::kOk;
}

Result<ExitStatus> run_one(const AnnotateCommand& command, Tools tools) {
  return run_annotate(command, tools.client, tools.clock);
}

Result<ExitStatus> run_one(const StatusCommand& command, Tools tools) {
  const Result<v1::GetStatusResponse> status = tools.client.status();
  if (!status) {
    return status.error();
  }
  return printed(command.format == Format::kJson
                     ? json_line(*status)
                     : status_text(*status, tools.clock.wall(), style_of(STDOUT_FILENO)));
}

Result<ExitStatus> run_one(const VerifyCommand& command, Tools tools) {
  Progress progress(STDERR_FILENO, tools.clock);
  const Result<v1::VerifyReport> report =
      tools.client.verify([&](double share) { progress.show("verifying", share); });
  progress.clear();
  if (!report) {
    return report.error();
  }
  const Result<ExitStatus> done =
      printed(command.format == Format::kJson ? json_line(*report)
                                              : verify_text(*report, style_of(STDOUT_FILENO)));
  return done && !report->findings().empty() ? ExitStatus::kNo : done;
}

Result<ExitStatus> run_one(const BackupCommand& command, Tools tools) {
  Progress progress(STDERR_FILENO, tools.clock);
  const Result<v1::BackupReport> report =
      tools.client.back_up(command.folder, [&](double share) { progress.show("copying", share); });
  progress.clear();
  if (!report) {
    return report.error();
  }
  return printed(command.format == Format::kJson ? json_line(*report) : backup_text(*report));
}

Result<ExitStatus> run_one(const ForgetCommand& command, Tools tools) {
  return run_forget(command, tools);
}

Result<ExitStatus> run_one(const RetentionCommand& command, Tools tools) {
  return run_retention(command, tools);
}

Result<ExitStatus> run_one(const FlushCommand& command, Tools tools) {
  v1::FlushCacheRequest request;
  request.set_name(command.name);
  request.set_subtree(command.subtree);
  const Result<v1::FlushCacheResponse> flushed = tools.client.flush_cache(request);
  if (!flushed) {
    return flushed.error();
  }
  return printed(command.format == Format::kJson ? json_line(*flushed) : flush_text(*flushed));
}

Result<ExitStatus> run_one(const LogLevelCommand& command, Tools tools) {
  const Result<v1::SetLogLevelResponse> set = tools.client.set_log_level(to_proto(command.level));
  return set ? printed(log_level_text(command.level, *set)) : set.error();
}

Result<ExitStatus> run_one(const HealthCommand&, Tools tools) {
  const Result<Health> health = tools.client.health();
  if (!health) {
    return health.error();
  }
  return *health == Health::kServing ? ExitStatus::kOk : ExitStatus::kNo;
}

Result<ExitStatus> run_one(const PastCommand& command, Tools tools) {
  return run_past(command, tools);
}

Result<ExitStatus> run_one(const Notice& notice, Tools) {
  return printed(notice.text);
}

}  // namespace

Result<ExitStatus> run(const Command& command, Tools tools) {
  return std::visit([&](const auto& verb) { return run_one(verb, tools); }, command);
}

}  // namespace etymon::cli
