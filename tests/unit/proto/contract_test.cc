// What the API has promised: proto/published.txt, a line for each call, field and value. Whoever
// was built against it must find it again in what the protos say now, on the wire and as JSON: so
// no number, name or type may change, and nothing may go. What is new is added to the file.
#include <gmock/gmock.h>
#include <google/protobuf/descriptor.h>

#include <fstream>
#include <set>
#include <string>

#include "etymon/v1/admin.pb.h"
#include "etymon/v1/provenance.pb.h"

namespace etymon {
namespace {

namespace pb = google::protobuf;
using ::testing::Contains;
using ::testing::IsEmpty;
using Lines = std::set<std::string>;

constexpr const char* kPackage = "etymon.v1";

std::string type_of(const pb::FieldDescriptor& field) {
  if (field.message_type() != nullptr) {
    return field.message_type()->full_name();
  }
  return field.enum_type() != nullptr ? field.enum_type()->full_name() : field.type_name();
}

// "optional" and "repeated" as the proto has them, and the name of a oneof.
std::string share_of(const pb::FieldDescriptor& field) {
  if (const pb::OneofDescriptor* oneof = field.real_containing_oneof()) {
    return "oneof " + oneof->name() + " ";
  }
  if (field.is_repeated()) {
    return "repeated ";
  }
  return field.containing_oneof() != nullptr ? "optional " : "";
}

void add(const pb::EnumDescriptor& values, Lines& lines) {
  for (int i = 0; i < values.value_count(); ++i) {
    lines.insert(values.full_name() + " " + values.value(i)->name() + " = " +
                 std::to_string(values.value(i)->number()));
  }
}

void add(const pb::Descriptor& message, Lines& lines) {
  for (int i = 0; i < message.field_count(); ++i) {
    const pb::FieldDescriptor& field = *message.field(i);
    lines.insert(message.full_name() + " " + share_of(field) + type_of(field) + " " +
                 field.json_name() + " = " + std::to_string(field.number()));
  }
  for (int i = 0; i < message.enum_type_count(); ++i) {
    add(*message.enum_type(i), lines);
  }
  for (int i = 0; i < message.nested_type_count(); ++i) {
    add(*message.nested_type(i), lines);
  }
}

void add(const pb::ServiceDescriptor& service, Lines& lines) {
  for (int i = 0; i < service.method_count(); ++i) {
    const pb::MethodDescriptor& method = *service.method(i);
    lines.insert(service.full_name() + " " + method.name() + "(" +
                 (method.client_streaming() ? "stream " : "") + method.input_type()->full_name() +
                 ") returns (" + (method.server_streaming() ? "stream " : "") +
                 method.output_type()->full_name() + ")");
  }
}

// Of the file and of those that it imports, as far as they are ours.
void add(const pb::FileDescriptor& file, Lines& lines) {
  if (file.package() != kPackage) {
    return;
  }
  for (int i = 0; i < file.dependency_count(); ++i) {
    add(*file.dependency(i), lines);
  }
  for (int i = 0; i < file.message_type_count(); ++i) {
    add(*file.message_type(i), lines);
  }
  for (int i = 0; i < file.enum_type_count(); ++i) {
    add(*file.enum_type(i), lines);
  }
  for (int i = 0; i < file.service_count(); ++i) {
    add(*file.service(i), lines);
  }
}

Lines present() {
  Lines lines;
  add(*v1::IngestRequest::descriptor()->file(), lines);
  add(*v1::GetStatusRequest::descriptor()->file(), lines);
  return lines;
}

Lines published() {
  std::ifstream file(std::string(ETYMON_SOURCE_DIR) + "/proto/published.txt");
  Lines lines;
  for (std::string line; std::getline(file, line);) {
    lines.insert(line);
  }
  return lines;
}

// Those of `lines` that `others` has not, to be read or copied.
std::string missing_in(const Lines& others, const Lines& lines) {
  std::string out;
  for (const std::string& line : lines) {
    out += others.contains(line) ? "" : line + "\n";
  }
  return out;
}

TEST(Contract, what_was_published_is_still_there) {
  ASSERT_THAT(published(), Contains("etymon.v1.LookupRequest string address = 1"));
  EXPECT_THAT(missing_in(present(), published()), IsEmpty())
      << "this breaks clients; give what is new another name and number";
}

TEST(Contract, what_is_new_is_published) {
  EXPECT_THAT(missing_in(published(), present()), IsEmpty()) << "add this to proto/published.txt";
}

}  // namespace
}  // namespace etymon
