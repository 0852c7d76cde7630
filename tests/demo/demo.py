"""A record travels from a commune to the centre and back: Trà Vinh's tree of 31/12/2020, real products, real processes."""
import argparse
import csv
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
from nodes import DATA, ROOT, Country, Failed, wait_until  # noqa: E402

PRODUCTS = DATA / "ocop_products.csv"
MAPPING = ROOT / "schema" / "mappings" / "ocop_products.toml"
STARS = Path(__file__).parent / "stars.toml"
DATE = "2020-12-31"
SOURCE = "S2"          # huyện Cầu Kè's own list; other sources name some of its products again, spelled otherwise
FAR = "29338"          # Xã Thạnh Phú: the commune whose line is cut
CANDY = "Kẹo dừa sáp cacao"
WAIT = 60              # seconds until anything that must come has come


class Story:
    """What the person sees, and the count of checks."""

    def __init__(self, language, quiet):
        self.language, self.quiet = language, quiet
        self.checks = self.failures = self.steps = 0
        self.bright = ("\033[1m", "\033[2m", "\033[0m") if sys.stdout.isatty() else ("", "", "")

    def line(self, text=""):
        if not self.quiet:
            print(text, flush=True)

    def pick(self, vi, en):
        return en if self.language == "en" else vi

    def step(self, vi, en):
        self.steps += 1
        bold, dim, off = self.bright
        self.line(f"\n{bold}{self.steps}. {self.pick(vi, en)}{off}")
        if self.language == "both":
            self.line(f"   {dim}{en}{off}")

    def say(self, vi, en):
        """A remark; the English goes beneath, unless it is the same."""
        _, dim, off = self.bright
        self.line(f"   {self.pick(vi, en)}")
        if self.language == "both":
            self.line(f"   {dim}{en}{off}")

    def progress(self, done, of, text):
        self.line(f"   [{done:>{len(str(of))}}/{of}] {text}")

    def command(self, text):
        _, dim, off = self.bright
        self.line(f"   {dim}$ {text}{off}")

    def table(self, head, rows):
        rows = [[str(cell) for cell in row] for row in rows]
        widths = [max(len(row[i]) for row in [head, *rows]) for i in range(len(head))]
        numeric = [all(row[i].replace(".", "").isdigit() for row in rows) for i in range(len(head))]
        def shown(row):
            return "   " + "  ".join(cell.rjust(width) if right else cell.ljust(width)
                                     for cell, width, right in zip(row, widths, numeric)).rstrip()
        self.line(shown(head))
        self.line("   " + "  ".join("-" * width for width in widths))
        for row in rows:
            self.line(shown(row))

    def check(self, good, vi, en):
        self.checks += 1
        if not good:
            self.failures += 1
            print(f"   ✗ {self.pick(vi, en)}" + (f" / {en}" if self.language == "both" else ""), flush=True)
            return
        _, dim, off = self.bright
        self.line(f"   ✓ {self.pick(vi, en)}")
        if self.language == "both":
            self.line(f"     {dim}{en}{off}")


def dots(number):
    return f"{number:,}".replace(",", ".")


def slug(name):
    """A directory's name that a person can type."""
    import unicodedata
    plain = unicodedata.normalize("NFD", name.replace("đ", "d").replace("Đ", "D"))
    return "".join(c for c in plain if not unicodedata.combining(c)).lower().replace(" ", "-")


class Demo:
    def __init__(self, story, country, communes):
        self.story, self.country = story, country
        with open(DATA / "admin_units_2020.csv", encoding="utf-8") as file:
            units = list(csv.DictReader(file))
        self.name = {unit["code"]: unit["name"] for unit in units}
        codes = [unit["code"] for unit in units if unit["parent_code"] == "845"]
        # The short form keeps the commune of the story.
        self.codes = sorted([FAR] + [code for code in codes if code != FAR][-(communes - 1):] if communes > 1 else [FAR])
        with open(PRODUCTS, encoding="utf-8") as file:
            self.listed = [row for row in csv.DictReader(file) if row["source"] == SOURCE and row["commune_code"] in self.codes]
        self.communes = {}

    def everywhere(self):
        return [self.centre, self.province, self.district, *self.communes.values()]

    def run(self):
        self.tree()
        self.products()
        self.stars()
        self.totals()
        self.cut()
        self.edits()
        self.back()
        self.settle()
        self.verify()
        self.bytes()

    def enrol(self, parent, code):
        node = self.country.enrol(parent, code, slug(self.name[code]), line=True, date=DATE)
        node.title = self.name[code]
        return node

    def tree(self):
        s = self.story
        s.step(f"Cây đơn vị ngày 31/12/2020: {len(self.codes) + 3} máy, mỗi máy một tiến trình và một thư mục",
               f"The tree as of 31/12/2020: {len(self.codes) + 3} nodes, each a process and a directory of its own")
        s.command(f"ocop -C trung-uong units import admin_units_2020.csv --date {DATE}")
        self.centre = self.country.centre(date=DATE)
        self.centre.title = "Trung ương"
        units = self.centre.look("SELECT count(*) FROM admin_unit")[0][0]
        s.say(f"Trung ương: {dots(units)} đơn vị hành chính", f"The centre: {units:,} administrative units")
        self.province = self.enrol(self.centre, "84")
        s.say(f"{self.province.title}: vào bằng tệp mời của Trung ương", f"{self.province.title}: joined by the centre's invite")
        self.district = self.enrol(self.province, "845")
        s.say(f"{self.district.title}: vào bằng tệp mời của tỉnh", f"{self.district.title}: joined by the province's invite")
        with ThreadPoolExecutor(3) as pool:
            for done, node in enumerate(pool.map(lambda code: self.enrol(self.district, code), self.codes), 1):
                self.communes[node.code] = node
                s.progress(done, len(self.codes), node.title)
        self.far = self.communes[FAR]
        alive = sum(node.daemon.poll() is None for node in self.everywhere())
        s.check(alive == len(self.codes) + 3, f"{alive} tiến trình đang chạy", f"{alive} processes are running")

    def products(self):
        s = self.story
        s.step("Mỗi xã nhập chủ thể và sản phẩm thật của mình, tại xã",
               "Each commune imports its own real organizations and products, at the commune")
        s.command(f"ocop -C xa-thanh-phu import ocop_products.csv --map ocop_products.toml "
                  f"--where source={SOURCE} --where commune_code={FAR}")
        for done, code in enumerate(self.codes, 1):
            node = self.communes[code]
            report = node.ask("import", PRODUCTS, "--map", MAPPING, "--date", DATE, "--where", f"source={SOURCE}",
                              "--where", f"commune_code={code}")
            added = {table: count["added"] for table, count in report["tables"].items()}
            s.progress(done, len(self.codes),
                       f"{node.title:<18} " + s.pick(f"{added['organization']:>2} chủ thể, {added['product']:>2} sản phẩm",
                                                     f"{added['organization']:>2} organizations, {added['product']:>2} products"))
        self.wait_rows(self.centre, "product", len(self.listed))
        s.check(True, f"{len(self.listed)} sản phẩm đã lên đến Trung ương, qua huyện và tỉnh",
                f"{len(self.listed)} products have reached the centre, by way of district and province")

    def wait_rows(self, node, table, count):
        wait_until(lambda: node.look(f"SELECT count(*) FROM {table}")[0][0] == count, f"{count} × {table} at {node.name}", WAIT)

    def stars(self):
        s = self.story
        s.step("Hạng sao do cấp có thẩm quyền ghi: trước 24/02/2023 tỉnh 3 và 4 sao, Trung ương 5 sao",
               "Stars are written by the tier that decides: before 24/02/2023 the province 3 and 4, the centre 5")
        decided = [(self.province, "province", "3", []), (self.province, "province", "4", []), (self.centre, "central", "5", [])]
        made = 0
        for node, level, star, _ in decided:
            rows = [row for row in self.listed if row["star"] == star and row["product_name"] != CANDY]
            if not rows:
                continue
            mapping = self.country.directory / f"stars-{level}-{star}.toml"
            mapping.write_text(STARS.read_text(encoding="utf-8").replace("LEVEL", level), encoding="utf-8")
            table = self.country.directory / f"stars-{star}.csv"  # one four-star product waits for the cut line
            with open(table, "w", encoding="utf-8", newline="") as file:
                writer = csv.DictWriter(file, rows[0].keys(), lineterminator="\n")
                writer.writeheader()
                writer.writerows(rows)
            report = node.ask("import", table, "--map", mapping, "--date", DATE)
            mapping.unlink()
            table.unlink()
            count = report["tables"]["certificate"]["added"]
            made += count
            s.say(f"{node.title}: {count} sản phẩm {star} sao", f"{node.title}: {count} product{'s' if count != 1 else ''} with {star} stars")
        s.say("Ngày đánh giá, ngày cấp là giá trị minh họa (nguồn không ghi), có ghi rõ trong cột note",
              "Dates are demonstration values (the source has none); their note says so")
        refused = self.far.try_("add", "certificate", f"product={self.product_id('Dừa sáp sợi VICOSAP')}", "star=5", "issued_on=2020-12-31")
        s.check(refused.code == 4, "Xã tự ghi 5 sao: bị từ chối, có lý do", "A commune that writes 5 stars itself is refused, with the cause")
        self.wait_rows(self.centre, "certificate", made)
        for code, node in self.communes.items():
            starred = sum(1 for row in self.listed if row["commune_code"] == code and row["star"] and row["product_name"] != CANDY)
            self.wait_rows(node, "certificate", starred)
        s.check(True, f"{made} giấy chứng nhận đã về đúng xã của mình và lên Trung ương",
                f"{made} certificates are at their own communes and at the centre")

    def product_id(self, name):
        return self.far.look("SELECT id FROM product WHERE name = ?", name)[0][0]

    def totals(self):
        s = self.story
        s.step("Số liệu tổng hợp, tính từ các dòng, ở từng cấp", "Totals, computed from the rows, at each tier")
        at_province = self.province.ask("totals", "--by", "commune")
        rows = {row["code"]: row for row in at_province["rows"] if row.get("code")}
        keys = ["organizations", "products", "star3", "star4", "star5"]
        head = [s.pick("Xã", "Commune"), s.pick("Chủ thể", "Organizations"), s.pick("Sản phẩm", "Products"), "3★", "4★", "5★"]
        shown = [[rows[code]["name"], *(rows[code][key] for key in keys)] for code in self.codes if code in rows]
        total = at_province["total"]
        s.command("ocop -C tinh-tra-vinh totals --by commune")
        s.table(head, shown + [[s.pick("Tổng (tại tỉnh)", "Total (at the province)"), *(total[key] for key in keys)]])
        self.compare_totals()

    def compare_totals(self):
        s = self.story
        whole = self.province.ask("totals")["total"]
        at_communes = [node.ask("totals")["total"] for node in self.communes.values()]
        summed = {key: sum(one[key] for one in at_communes) for key in whole}
        s.check(summed == whole, f"Tổng ở tỉnh ({whole['products']} sản phẩm) bằng tổng của {len(self.codes)} xã, mỗi xã tự tính",
                f"The province's totals ({whole['products']} products) equal the sum of {len(self.codes)} communes, each by itself")
        at_centre = self.centre.ask("totals", "--unit", f"84@{DATE}")["total"]
        at_district = self.district.ask("totals")["total"]
        s.check(at_centre == whole == at_district, "Huyện, tỉnh và Trung ương tính ra như nhau", "District, province and centre count the same")

    def cut(self):
        s = self.story
        s.step(f"Cắt đường truyền giữa {self.far.title} và huyện (cả hai máy vẫn chạy)",
               f"The line between {self.far.title} and the district is cut (both nodes go on running)")
        self.far.line.cut()
        answer = self.far.try_("sync")
        s.say(f"Đường TCP của xã bị ngắt; từ lúc này mọi cuộc gọi lên huyện đều hỏng (mã thoát {answer.code})",
              f"The commune's TCP line is broken; every call to the district now fails (exit code {answer.code})")
        s.check(answer.code == 13, "Xã báo không liên lạc được, dữ liệu vẫn an toàn", "The commune says that the parent is unreachable, the data are safe")

    def edits(self):
        s = self.story
        s.step("Mọi nơi vẫn làm việc khi đứt đường", "Everybody goes on working while the line is cut")
        candy = self.candy = self.product_id(CANDY)
        s.say(f"a) Tại xã, bằng chương trình sqlite3 sẵn có: sửa quy cách «{CANDY}», thêm một sản phẩm (nguồn S1)",
              f"a) At the commune, with the stock sqlite3 shell: packaging of «{CANDY}», and one more product (source S1)")
        s.command("sqlite3 xa-thanh-phu/replica.db \"UPDATE product SET packaging = 'Hộp 300 g' WHERE …; INSERT INTO product …\"")
        self.far.sql(f"""
            BEGIN IMMEDIATE;
            UPDATE product SET packaging = 'Hộp 300 g' WHERE id = '{candy}';
            INSERT INTO product (unit, organization, name, product_code, stage, source, note)
            SELECT unit, organization, 'Kẹo Dừa Sáp vicosap (vị cacao)', '84-845-29338-3-2021', 'đang nộp/chấm', 'S1', 'R064'
            FROM product WHERE id = '{candy}';
            COMMIT;""")
        self.added = self.product_id("Kẹo Dừa Sáp vicosap (vị cacao)")
        s.say("b) Tại huyện: sửa cùng ô quy cách (sẽ xung đột) và ô mô tả (không xung đột)",
              "b) At the district: the same field (will conflict) and the description (will not)")
        s.command(f"ocop -C huyen-cau-ke set product {candy[:8]}… packaging='Túi 500 g' description='Kẹo mềm vị cacao'")
        self.district.ocop("set", "product", candy, "packaging=Túi 500 g", "description=Kẹo mềm vị cacao")
        s.say(f"c) Tại tỉnh: đánh giá 4 sao và giấy chứng nhận cho «{CANDY}» (số và ngày minh họa)",
              f"c) At the province: 4 stars and a certificate for «{CANDY}» (number and date are demonstration values)")
        demo = "note=Số và ngày minh họa: nguồn S2 không ghi"
        self.province.ocop("add", "evaluation", f"product={candy}", "level=province", "evaluated_on=2020-12-21", "star=4", "result=đạt", demo)
        self.certificate = self.province.ocop("add", "certificate", f"product={candy}", "number=MH-01/2020", "star=4", "issued_by=UBND tỉnh Trà Vinh",
                                              "issued_on=2020-12-31", "valid_from=2020-12-31", "valid_until=2023-12-31", demo)
        s.say("d) Tại Trung ương: một văn bản gửi mọi cấp", "d) At the centre: a directive to every tier")
        self.directive = self.centre.ocop("add", "directive", "number=MH-02/2020", "kind=CV", "issued_on=2020-12-31",
                                          "issuer=Trung ương (minh họa)", "subject=Rà soát hồ sơ sản phẩm OCOP trước Tết", "urgent=1")
        for node in self.everywhere():
            if node is not self.far:
                self.wait_directive(node)
        s.check(not self.has_directive(self.far), f"Văn bản đã đến mọi máy, trừ {self.far.title}",
                f"The directive is at every node but {self.far.title}")
        status = self.far.ask("status")
        s.check(status["unsent"] > 0, f"Xã biết còn {status['unsent']} thay đổi chờ gửi", f"The commune knows that {status['unsent']} changes wait")
        s.check(not self.centre.look("SELECT 1 FROM product WHERE id = ?", self.added), "Trung ương chưa thấy dòng mới của xã",
                "The centre has not seen the commune's new row")

    def has_directive(self, node):
        return node.look("SELECT 1 FROM directive WHERE id = ?", self.directive)

    def wait_directive(self, node):
        wait_until(lambda: self.has_directive(node), f"the directive at {node.name}", WAIT)

    def back(self):
        s = self.story
        s.step("Nối lại đường truyền", "The line comes back")
        begun = time.monotonic()
        self.far.line.restore()
        wait_until(lambda: self.centre.look("SELECT 1 FROM product WHERE id = ?", self.added), "the new row at the centre", WAIT)
        s.command("ocop -C trung-uong list product --where product_code=84-845-29338-3-2021")
        found = self.centre.ask("list", "product", "--where", "product_code=84-845-29338-3-2021")
        rows = found["rows"] if isinstance(found, dict) else found
        s.check(len(rows) == 1 and rows[0]["name"] == "Kẹo Dừa Sáp vicosap (vị cacao)",
                f"Dòng ghi bằng sqlite3 ở xã đã ở Trung ương sau {time.monotonic() - begun:.0f} giây: «{rows[0]['name']}»",
                f"The row written by sqlite3 is at the centre after {time.monotonic() - begun:.0f} s")
        wait_until(lambda: self.far.look("SELECT 1 FROM certificate WHERE id = ?", self.certificate), "the certificate", WAIT)
        number, star, note = self.far.look("SELECT number, star, note FROM certificate WHERE id = ?", self.certificate)[0]
        evaluated = self.far.look("SELECT star FROM evaluation WHERE product = ?", self.candy)
        s.check(star == 4 and evaluated == [(4,)] and note.startswith("Số và ngày minh họa"),
                f"Xã có giấy chứng nhận {number}, {star} sao, của tỉnh ({note})", f"The commune has the province's certificate {number}, {star} stars")
        self.wait_directive(self.far)
        s.check(True, "Văn bản của Trung ương đã đến mọi máy, kể cả xã này", "The centre's directive is at every node, this commune too")
        self.conflict_everywhere()
        described = [node.look("SELECT description FROM product WHERE id = ?", self.candy)[0][0] for node in self.chain()]
        s.check(described == ["Kẹo mềm vị cacao"] * 4, "Ô mô tả huyện sửa có ở cả bốn cấp, không xung đột",
                "The district's description is at all four tiers, without conflict")

    def chain(self):
        return [self.far, self.district, self.province, self.centre]

    def conflict_everywhere(self):
        s = self.story
        for node in self.chain():
            wait_until(lambda node=node: node.look("SELECT 1 FROM conflict WHERE row_id = ? AND state = 'open'", self.candy),
                       f"the conflict at {node.name}", WAIT)
        s.command("ocop -C xa-thanh-phu conflicts")
        conflicts = self.far.ask("conflicts")
        self.conflict = conflicts[0]
        s.table([s.pick("Ô", "Field"), s.pick("Đang dùng", "Stands"), s.pick("Bị thay, vẫn giữ", "Replaced, kept")],
                [[one["label"], one["winner"]["value"], one["loser"]["value"]] for one in conflicts])
        s.check(len(conflicts) == 1 and {self.conflict["winner"]["value"], self.conflict["loser"]["value"]} == {"Hộp 300 g", "Túi 500 g"},
                "Một mục hai nơi cùng sửa, cả hai giá trị được giữ, thấy ở cả bốn cấp", "One conflict, both values kept, seen at all four tiers")
        ids = {tuple(node.look("SELECT id, winner_value, loser_value FROM conflict")[0]) for node in self.chain()}
        s.check(len(ids) == 1, "Bốn cấp ghi cùng một mục như nhau", "All four tiers record it alike")

    def settle(self):
        s = self.story
        s.step("Xã chọn giá trị đúng", "The commune says which value is right")
        keep = "winner" if self.conflict["winner"]["value"] == "Hộp 300 g" else "loser"
        s.command(f"ocop -C xa-thanh-phu settle {self.conflict['id'][:8]} --keep {keep}")
        self.far.ocop("settle", self.conflict["id"], "--keep", keep)
        for node in self.chain():
            wait_until(lambda node=node: node.look(
                "SELECT 1 FROM product p JOIN conflict c ON c.row_id = p.id WHERE p.id = ? AND p.packaging = 'Hộp 300 g' AND c.state = 'settled'",
                self.candy), f"the settled value at {node.name}", WAIT)
        s.check(True, "«Hộp 300 g» ở cả bốn cấp; giá trị kia vẫn còn trong hồ sơ", "«Hộp 300 g» at all four tiers; the other value stays on record")
        self.compare_totals()

    def verify(self):
        s = self.story
        s.step("Kiểm chứng: dấu vân tay dữ liệu của mỗi máy và của cấp trên", "The proof: each node's digest and its parent's")
        s.command("ocop -C DIR verify")
        def equal_now(node):
            found = {}
            def settled():
                answer = node.try_("verify", "--json")
                found.update(answer.json())
                return answer.code == 0 and (node is self.centre or found["compared_with_parent"])
            wait_until(settled, f"{node.name} compared with its parent", WAIT)
            return found
        with ThreadPoolExecutor(2) as pool:
            proofs = list(pool.map(equal_now, self.everywhere()))
        rows = []
        for node, proof in zip(self.everywhere(), proofs):
            sign = "—" if node is self.centre else "=" if proof["equal"] else "≠"
            rows.append([node.title, dots(proof["rows"]), proof["digest"][:16] + "…", sign])
        s.table([s.pick("Máy", "Node"), s.pick("Dòng", "Rows"), "digest", s.pick("so với cấp trên", "with its parent")], rows)
        for node, proof in zip(self.everywhere(), proofs):
            if not (proof["sound"] and (node is self.centre or proof["equal"])):
                s.say(f"{node.title}: {proof}", f"{node.title}: {proof}")
        equal = sum(bool(proof["sound"] and proof["equal"]) for proof in proofs[1:])
        s.check(equal == len(proofs) - 1, f"{equal} máy có dấu vân tay bằng cấp trên của mình", f"{equal} nodes have digests equal to their parents'")
        s.check(proofs[0]["sound"], "Trung ương: tệp, nhật ký và bảng khớp nhau", "The centre: file, log and tables agree")

    def bytes(self):
        s = self.story
        s.step("Đường truyền đã chở bao nhiêu (kể cả tiêu đề HTTP, từ lúc vào cây)",
               "What the lines carried (HTTP headers included, since joining)")
        for node in reversed(self.everywhere()):
            code = node.stop()
            if code != 0:
                s.check(False, f"{node.title} dừng với mã {code}", f"{node.title} ended with {code}")
        rows, total, agree = [], [0, 0, 0], True
        for node in self.everywhere()[1:]:
            account = node.ask("status")["parent"]
            up, down, trips = account["bytes_sent"], account["bytes_received"], account["round_trips"]
            # The line also saw what a call carried that never got an answer.
            agree = agree and abs(up - node.line.up) <= 2048 and abs(down - node.line.down) <= 2048
            rows.append([f"{node.title} → {node.parent.title}", dots(up), dots(down), dots(trips)])
            total = [total[0] + up, total[1] + down, total[2] + trips]
        head = [s.pick("Đường", "Line"), s.pick("lên (byte)", "up (bytes)"), s.pick("xuống (byte)", "down (bytes)"),
                s.pick("lượt đi về", "round trips")]
        s.table(head, rows + [[s.pick("Tổng", "Total"), *map(dots, total)]])
        s.check(all(self.same_rows(node, node.parent) for node in self.everywhere()[1:]),
                "So trực tiếp từng dòng trong tệp: mỗi máy và cấp trên giữ y như nhau", "The files compared row by row: each node and its parent hold the same")
        s.check(agree, "Máy ghi sổ đúng như đường truyền đã đếm", "The nodes' accounts agree with what the lines counted")
        s.check(all(node.daemon is None for node in self.everywhere()), "Mọi tiến trình đã dừng êm", "Every process ended gently")


    def same_rows(self, child, parent):
        """Without any of the engine: what both hold of the child's area."""
        area = """WITH RECURSIVE area (id) AS (SELECT id FROM admin_unit WHERE code = ? UNION
                  SELECT u.id FROM admin_unit u JOIN area a ON u.parent = a.id) """
        for table in ("organization", "product", "evaluation", "certificate", "conflict"):
            query = area + f"SELECT * FROM {table} WHERE unit IN area ORDER BY id"
            if child.look(query, child.code) != parent.look(query, child.code):
                return False
        return child.look("SELECT * FROM directive") == parent.look("SELECT * FROM directive")


def main():
    parser = argparse.ArgumentParser(prog="./run demo", description="A small country syncing: real processes, real data.")
    parser.add_argument("--communes", type=int, default=11, choices=range(1, 12), metavar="N", help="how many communes (1..11; short form: 2)")
    parser.add_argument("--keep", metavar="DIR", help="leave the nodes' directories in DIR, to look at")
    parser.add_argument("--quiet", action="store_true", help="only failures and the last line")
    parser.add_argument("--lang", choices=["vi", "en", "both"], default="both")
    options = parser.parse_args()
    begun = time.monotonic()
    story = Story(options.lang, options.quiet)
    try:
        with Country(options.keep) as country:
            Demo(story, country, options.communes).run()
    except Failed as failure:
        print(f"   ✗ {failure}", flush=True)
        story.failures += 1
    except KeyboardInterrupt:
        print("demo: stopped", flush=True)
        return 130
    story.line(f"\n   {time.monotonic() - begun:.0f} s")
    if options.keep:
        story.say(f"Các máy còn ở {options.keep}; xem thử:", f"The nodes are in {options.keep}; have a look:")
        story.command(f"build/ocop -C {options.keep}/{slug('Xã Thạnh Phú')} conflicts --all")
    if story.failures:
        print(f"demo: FAILED, {story.failures} of {story.checks} checks", flush=True)
        return 1
    print(f"demo: OK, {story.checks} checks", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
