// Folder: the thread that folds frozen parts of the tail, oldest first, as they come.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <string>
#include <thread>

#include "resolver/base/guarded.h"
#include "resolver/base/result.h"
#include "store/answer_book.h"
#include "store/tables.h"
#include "store/tail.h"

namespace etymon::store {

class Folder {
 public:
  struct Figures {
    uint64_t folds = 0;
    std::string last_error;  // empty when the last fold went well
  };

  // All of it must outlive the folder.
  Folder(Tail& tail, Tables& tables, AnswerBook& book);
  ~Folder();

  // `on_folded`: the tables have the journal up to this entry; called on the folder's thread.
  void start(std::function<void(Sequence last)> on_folded);

  // There may be something to fold. Any thread.
  void wake();

  // Waits until no frozen part is left. Error: the fold of one failed; it is tried again later.
  Status drain();

  Figures figures() const;

  // Ends the thread; a fold that has begun is finished. Idempotent.
  void stop();

 private:
  struct State {
    bool woken = false;
    bool stopping = false;
    uint64_t attempts = 0;
    Figures figures;
  };

  void run();
  bool fold_one();

  Tail& tail_;
  Tables& tables_;
  AnswerBook& book_;
  std::function<void(Sequence)> on_folded_;
  Guarded<State> state_;
  std::condition_variable changed_;
  std::thread thread_;
};

}  // namespace etymon::store
