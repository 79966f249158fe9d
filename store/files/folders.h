// Folders: copying, syncing and renaming whole folders. Blocking; paths are of this machine.
#pragma once

#include <string>
#include <vector>

#include "resolver/base/result.h"

namespace etymon::store {

// `path` without a slash at its end.
std::string without_slash(std::string path);

// Whether anything is there under this name. Errors: kPermissionDenied, kIo: nobody can tell.
Result<bool> is_there(const std::string& path);

// The names of the files in `folder`, in no order; none where there is no such folder. Errors:
// kPermissionDenied, kIo.
Result<std::vector<std::string>> file_names(const std::string& folder);

// All names in `folder`, in no order. Errors: kPermissionDenied, kIo.
Result<std::vector<std::string>> names_in(const std::string& folder);

// Whether `path` is `folder` or lies below it, symbolic links followed; no, where nobody can tell.
bool is_within(const std::string& path, const std::string& folder);

// What is made for `folder` grows under this name, and gets its own when it is whole.
std::string partial(const std::string& folder);

// Whether `folder` can be made. Error kAlreadyExists: it is there, or the partial one is.
Status check_free(const std::string& folder);

// Gives what was made under the partial name its own, or removes it if making it failed. Errors:
// that of `made`, kIo.
Status put_in_place(const Status& made, const std::string& folder);

// Makes the folder, mode 0700; whether it was missing. Errors: kPermissionDenied,
// kInvalidArgument (a name is too long), kResourceExhausted, kIo.
Result<bool> make_folder(const std::string& path);

// A descriptor, the caller's to close, that no other process gets of this folder meanwhile. Errors:
// kPermissionDenied, kIo (also: another one has it).
Result<int> hold_folder(const std::string& path);

// A folder with everything in it: files are copied, never linked. `to` is made, mode 0700. Errors:
// kPermissionDenied, kResourceExhausted, kIo.
Status copy_folder(const std::string& from, const std::string& to);

// Brings every file and every name below `folder`, and its own, to the disk. Error: kIo.
Status sync_folder(const std::string& folder);

// `from` becomes `to`, which may be an empty folder, and is on the disk under that name. Error:
// kIo.
Status rename_folder(const std::string& from, const std::string& to);

void remove_folder(const std::string& folder);

}  // namespace etymon::store
