//! A DNS server on loopback that says what a test tells it to.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::thread;

use hickory_proto::op::{Message, OpCode, ResponseCode};
use hickory_proto::rr::rdata::{A, AAAA, CNAME};
use hickory_proto::rr::{Name, RData, Record, RecordType};

/// What the server says of a name.
#[derive(Clone, Debug)]
pub(super) enum Says {
    /// These addresses, at the end of these aliases.
    Addresses {
        aliases: Vec<&'static str>,
        addresses: Vec<&'static str>,
    },
    Code(ResponseCode),
    Nothing,
}

impl Says {
    pub(super) fn addresses(addresses: &[&'static str]) -> Self {
        Self::aliased(&[], addresses)
    }

    pub(super) fn aliased(aliases: &[&'static str], addresses: &[&'static str]) -> Self {
        Self::Addresses {
            aliases: aliases.to_vec(),
            addresses: addresses.to_vec(),
        }
    }
}

/// Starts a server, and returns its address. It ends with the test.
pub(super) fn start(names: Vec<(&'static str, Says)>) -> SocketAddr {
    let socket = UdpSocket::bind("127.0.0.1:0").expect("a port of loopback");
    let address = socket.local_addr().expect("a bound socket has an address");
    let names: BTreeMap<&str, Says> = names.into_iter().collect();
    thread::spawn(move || {
        let mut buffer = [0; 4096];
        while let Ok((length, client)) = socket.recv_from(&mut buffer) {
            if let Some(answer) = answer(&buffer[..length], &names) {
                let _ = socket.send_to(&answer, client);
            }
        }
    });
    address
}

fn answer(query: &[u8], names: &BTreeMap<&str, Says>) -> Option<Vec<u8>> {
    let query = Message::from_vec(query).ok()?;
    let asked = query.queries.first()?.clone();
    let name = asked.name().to_ascii().to_ascii_lowercase();
    let mut answer = Message::response(query.metadata.id, OpCode::Query);
    answer.metadata.recursion_available = true;
    answer.add_query(asked.clone());
    match names.get(name.trim_end_matches('.')) {
        Some(Says::Nothing) => return None,
        Some(Says::Code(code)) => answer.metadata.response_code = *code,
        Some(Says::Addresses { aliases, addresses }) => {
            for record in records(asked.name(), asked.query_type(), aliases, addresses) {
                answer.add_answer(record);
            }
        }
        None => answer.metadata.response_code = ResponseCode::NXDomain,
    }
    answer.to_vec().ok()
}

fn records(name: &Name, kind: RecordType, aliases: &[&str], addresses: &[&str]) -> Vec<Record> {
    let (mut name, mut records) = (name.clone(), Vec::new());
    for alias in aliases {
        let next = Name::from_ascii(format!("{alias}.")).expect("a name");
        let data = RData::CNAME(CNAME(next.clone()));
        records.push(Record::from_rdata(name, 60, data));
        name = next;
    }
    for address in addresses {
        let data = match address.parse().expect("an address") {
            IpAddr::V4(address) if kind == RecordType::A => RData::A(A(address)),
            IpAddr::V6(address) if kind == RecordType::AAAA => RData::AAAA(AAAA(address)),
            _ => continue,
        };
        records.push(Record::from_rdata(name.clone(), 60, data));
    }
    records
}
