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

// What is made for `folder` grows under this name, and gets its own when it is whole.
std::string partial(const std::string& folder);

enum class Taken { kByAnything, kByContents };  // an empty folder may be there, or may not

// Whether `folder` can be made. Error kAlreadyExists: it is there, or the partial one is.
Status check_free(const std::string& folder, Taken taken);

// Gives what was made under the partial name its own, or removes it if making it failed. Errors:
// that of `made`, kIo.
Status put_in_place(const Status& made, const std::string& folder);

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
