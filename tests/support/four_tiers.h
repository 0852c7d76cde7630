// Centre, province, district, commune; a product of the commune's, known to all.
#pragma once

#include <catch2/catch.hpp>
#include <string>

#include "tests/support/world.h"

namespace ocop::test {

struct FourTiers {
    World world;
    Office& centre = world.root();
    Office& province = world.child(centre, "84", "province");
    Office& district = world.child(province, "845", "district");
    Office& commune = world.child(district, "29338", "commune");
    const std::string organization = "01890000-0000-7000-8000-00000000000a";
    const std::string product = "01890000-0000-7000-8000-00000000000b";
    const std::string evaluation = "01890000-0000-7000-8000-00000000000c";

    FourTiers()
    {
        commune.sql("INSERT INTO organization (id, unit, name) VALUES ('" + organization +
                    "', '29338', 'HTX');"
                    "INSERT INTO product (id, unit, organization, name) VALUES ('" +
                    product + "', '29338', '" + organization + "', 'Dừa sáp')");
        world.settle();
    }

    /// The district's finding, by whoever writes it. `star` may be NULL.
    void evaluate(Office& office, const std::string& star = "3")
    {
        office.sql("INSERT INTO evaluation (id, unit, product, level, evaluated_on, star) VALUES ('" + evaluation +
                   "', '29338', '" + product + "', 'district', '2024-05-05', " + star + ")");
    }

    void all_equal()
    {
        world.settle();
        for (const auto& office : world.offices) {
            INFO("office " << office->unit);
            const Verification found = verify(*office->replica);
            CHECK(found.sound());
            if (office->parent != nullptr) CHECK(found.equal);
        }
    }
};

}  // namespace ocop::test
