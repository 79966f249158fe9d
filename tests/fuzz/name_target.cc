// Any octets as a name, on the wire and as text: what is accepted ldns reads alike, and every form
// of a name leads back to it.
#include "resolver/model/domain_name.h"
#include "tests/fuzz/oracle.h"

#include <memory>
#include <optional>
#include <string>

// Last: it makes `false` a macro.
#include <ldns/ldns.h>

namespace etymon::fuzz {
namespace {

struct RdfDeleter {
  void operator()(ldns_rdf* rdf) const { ldns_rdf_deep_free(rdf); }
};
using Rdf = std::unique_ptr<ldns_rdf, RdfDeleter>;

std::string octets_of(const Rdf& name) {
  return {reinterpret_cast<const char*>(ldns_rdf_data(name.get())), ldns_rdf_size(name.get())};
}

// Nothing when ldns rejects the name, or when it does not take all of the octets.
std::optional<std::string> ldns_from_wire(ByteView wire) {
  ldns_rdf* raw = nullptr;
  size_t at = 0;
  const ldns_status read = ldns_wire2dname(&raw, wire.data(), wire.size(), &at);
  const Rdf name(raw);
  return read == LDNS_STATUS_OK && at == wire.size() ? std::optional(octets_of(name))
                                                     : std::nullopt;
}

std::optional<std::string> ldns_from_text(const std::string& text) {
  const Rdf name(ldns_dname_new_frm_str(text.c_str()));
  return name ? std::optional(octets_of(name)) : std::nullopt;
}

void check_forms(const DomainName& name) {
  const auto from_text = DomainName::from_text(name.text());
  require(from_text.ok() && from_text->wire() == name.wire(), "its text is the name");
  require(
      name.text().find_first_not_of("!\"#$%&'()*+,-./0123456789:;<=>?@"
                                    "ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`abcdefghijklmnopqrstuvwxyz"
                                    "{|}~") == std::string::npos,
      "its text can be printed and has no blanks");
  const auto from_key = DomainName::from_sort_key(name.sort_key());
  require(from_key.ok() && from_key->wire() == name.canonical().wire(), "its key is the name");
  require(name.is_within(DomainName()) && name.is_within(name.canonical()), "it is in itself");
  const auto as_ldns = ldns_from_text(name.text());
  require(as_ldns == name.wire(), "ldns reads its text alike");
}

}  // namespace
}  // namespace etymon::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace etymon::fuzz;
  const etymon::ByteView octets(data, size);
  const auto from_wire = etymon::DomainName::from_wire(octets);
  if (from_wire.ok()) {
    require(ldns_from_wire(octets) == from_wire->wire(), "ldns reads the same octets");
    check_forms(*from_wire);
  }
  const std::string text(etymon::as_text(octets));
  const auto from_text = etymon::DomainName::from_text(text);
  if (from_text.ok()) {
    const auto as_ldns = ldns_from_text(text);
    require(!as_ldns || *as_ldns == from_text->wire(),
            "where ldns reads the text, it reads it alike");
    check_forms(*from_text);
  }
  return 0;
}
